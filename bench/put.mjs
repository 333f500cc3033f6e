// One upload in a process of its own; prints its seconds, and by how many bytes its memory grew at the peak.
import { loadSettings } from '../dist/src/config.js';
import { cloudStorage } from '../dist/src/service/destinations.js';
import { secondsOf } from './numbers.mjs';

const [file, sha256, bytes] = process.argv.slice(2);
const [destination] = loadSettings({ environment: process.env, file: null }).destinations;
const storage = cloudStorage(destination);
await storage.head(process.env.BENCH_KEY); // the SDK is loaded
const idle = process.memoryUsage.rss();
const seconds = await secondsOf(() =>
  storage.put(file, process.env.BENCH_KEY, { bytes: Number(bytes), sha256 }),
);
const peak = process.resourceUsage().maxRSS * 1024 - idle;
process.stdout.write(JSON.stringify({ seconds, peak }));
