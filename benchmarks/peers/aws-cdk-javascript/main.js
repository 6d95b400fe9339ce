// The small architecture in AWS CDK's constructs: node main.js COPIES
'use strict';
const { App, Stack } = require('aws-cdk-lib');
const ec2 = require('aws-cdk-lib/aws-ec2');
const lambda = require('aws-cdk-lib/aws-lambda');
const logs = require('aws-cdk-lib/aws-logs');
const s3 = require('aws-cdk-lib/aws-s3');

const app = new App();
const stack = new Stack(app, 'shop');
for (let n = 0; n < Number(process.argv[2]); n++) {
  const vpc = new ec2.Vpc(stack, `vpc-${n}`, {
    ipAddresses: ec2.IpAddresses.cidr('10.0.0.0/16'),
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [
      { name: 'public', subnetType: ec2.SubnetType.PUBLIC },
      { name: 'private', subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    ],
  });
  const group = new ec2.SecurityGroup(stack, `group-${n}`, { vpc, description: 'of the function' });
  group.addIngressRule(ec2.Peer.ipv4('10.0.0.0/16'), ec2.Port.tcp(443));
  const bucket = new s3.Bucket(stack, `bucket-${n}`, {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    versioned: true,
  });
  new lambda.Function(stack, `function-${n}`, {
    code: lambda.Code.fromBucket(bucket, 'code.zip', '1'),
    handler: 'handler.handler',
    runtime: lambda.Runtime.PYTHON_3_13,
    environment: { BUCKET: bucket.bucketName },
    logGroup: new logs.LogGroup(stack, `logs-${n}`),
  });
}
app.synth();
