// Downloads the same again and again at once and throws it away; prints `done` when every byte has come.
import { request } from 'node:http';

const { url, headers, count, bytes } = JSON.parse(process.argv[2]);
const range = `bytes=0-${bytes - 1}`;
const got = await Promise.all(Array.from({ length: count }, download));
if (got.every((each) => each === bytes)) process.stdout.write('done');

async function download() {
  let length = 0;
  const response = await new Promise((resolve, reject) => {
    request(url, { headers: { ...headers, range } }, resolve)
      .once('error', reject)
      .end();
  });
  for await (const chunk of response) length += chunk.length;
  return length;
}
