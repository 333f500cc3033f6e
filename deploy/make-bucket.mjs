// Makes the bucket of AWS_S3_BUCKET in the store of docker-compose.yml, versioned, unless it is there.
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';

const { AWS_S3_BUCKET: Bucket, AWS_ENDPOINT_URL_S3: endpoint } = process.env;
if (!Bucket || !endpoint) throw new Error('AWS_S3_BUCKET and AWS_ENDPOINT_URL_S3 must be set');
const client = new S3Client({ endpoint, forcePathStyle: true });
try {
  await client.send(new CreateBucketCommand({ Bucket }));
  console.log(`made bucket '${Bucket}'`);
} catch (error) {
  if (!['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'].includes(error.name)) throw error;
  console.log(`bucket '${Bucket}' is there`);
}
await client.send(
  new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
);
