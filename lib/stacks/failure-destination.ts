import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Flow, MappingSettings } from '../config/model.ts';
import { acknowledge } from './acknowledge.ts';

export interface FailureDestinationProps {
  settings: NonNullable<MappingSettings['failureDestination']>;
  flow: Flow;
  removeState: boolean;
}

/**
 * Where Lambda reports events that it gives up. A bucket gets the event itself, so that its records
 * can be written from there; a queue gets topics, partitions and offsets, to be read again.
 */
export class FailureDestination extends Construct {
  readonly arn: string;
  readonly name: string;

  constructor(scope: Construct, id: string, props: FailureDestinationProps) {
    super(scope, id);
    const { kmsKeyArn } = props.flow;
    const key = kmsKeyArn === undefined ? undefined : Key.fromKeyArn(this, 'Key', kmsKeyArn);
    const created =
      props.settings.type === 's3' ? this.#bucket(props, key) : this.#queue(props, key);
    // Records that were given up are in no other place: with the state they stay.
    created.applyRemovalPolicy(props.removeState ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN);
    const isBucket = created instanceof Bucket;
    this.arn = isBucket ? created.bucketArn : created.queueArn;
    this.name = isBucket ? created.bucketName : created.queueName;
  }

  #bucket({ settings }: FailureDestinationProps, key: IKey | undefined): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      ...(key === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }),
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      metrics: [{ id: 'mirrorless' }], // What the alarm counts.
      lifecycleRules: [
        {
          id: 'expire',
          expiration: Duration.days(settings.retentionDays),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    acknowledge(bucket, {
      'AwsSolutions-S1': 'Lambda alone writes here; CloudTrail data events tell who reads',
    });
    return bucket;
  }

  #queue({ settings }: FailureDestinationProps, key: IKey | undefined): Queue {
    const queue = new Queue(this, 'Queue', {
      ...(key === undefined
        ? { encryption: QueueEncryption.SQS_MANAGED }
        : { encryption: QueueEncryption.KMS, encryptionMasterKey: key }),
      enforceSSL: true,
      retentionPeriod: Duration.days(settings.retentionDays),
    });
    acknowledge(queue, {
      'AwsSolutions-SQS3': 'it is itself where failures go, and a person reads it',
      'Serverless-SQSRedrivePolicy': 'it is itself where failures go, and a person reads it',
    });
    return queue;
  }
}
