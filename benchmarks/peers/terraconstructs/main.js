// The small architecture in TerraConstructs' constructs: node main.js COPIES
'use strict';
const { App } = require('cdktf');
const { AwsStack } = require('terraconstructs/lib/aws');
const compute = require('terraconstructs/lib/aws/compute');
const storage = require('terraconstructs/lib/aws/storage');

const app = new App();
const stack = new AwsStack(app, 'shop-0', {
  gridUUID: 'shop-dev',
  environmentName: 'dev',
  providerConfig: { region: 'eu-central-1' },
});
for (let n = 0; n < Number(process.argv[2]); n++) {
  const vpc = new compute.Vpc(stack, `vpc-${n}`, {
    ipAddresses: compute.IpAddresses.cidr('10.0.0.0/16'),
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [
      { name: 'public', subnetType: compute.SubnetType.PUBLIC },
      { name: 'private', subnetType: compute.SubnetType.PRIVATE_ISOLATED },
    ],
  });
  const group = new compute.SecurityGroup(stack, `group-${n}`, {
    vpc,
    description: 'of the function',
  });
  group.addIngressRule(compute.Peer.ipv4('10.0.0.0/16'), compute.Port.tcp(443));
  const bucket = new storage.Bucket(stack, `bucket-${n}`, { versioned: true });
  const made = new compute.LambdaFunction(stack, `function-${n}`, {
    environment: { BUCKET: bucket.bucketName },
  });
  // the code is for subclasses to set; the one there is bundles JavaScript, which others do not do
  Object.assign(made.resource, {
    handler: 'handler.handler',
    runtime: 'python3.13',
    s3Bucket: bucket.bucketName,
    s3Key: 'code.zip',
  });
}
app.synth();
