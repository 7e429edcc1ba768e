/** The port to the event source mappings of the Lambda API, in the API's own words. */

/** One kind of access to the source: a secret's ARN, a subnet, a security group. */
export interface SourceAccess {
  Type: SourceAccessType;
  URI?: string;
}

/** Those that a mapping of Kafka may have here. */
export const sourceAccessTypes = [
  'BASIC_AUTH',
  'CLIENT_CERTIFICATE_TLS_AUTH',
  'OAUTHBEARER_AUTH',
  'OAUTHBEARER_IDENTITY_POOL',
  'OAUTHBEARER_LOGICAL_CLUSTER',
  'OAUTHBEARER_SCOPE',
  'SASL_SCRAM_256_AUTH',
  'SASL_SCRAM_512_AUTH',
  'SERVER_ROOT_CA_CERTIFICATE',
  'VPC_SECURITY_GROUP',
  'VPC_SUBNET',
] as const;

export type SourceAccessType = (typeof sourceAccessTypes)[number];

/** What may be changed in a mapping that exists. */
export interface ChangeableParameters {
  /** False keeps the position and reads nothing. */
  Enabled: boolean;
  BatchSize: number;
  MaximumBatchingWindowInSeconds: number;
  SourceAccessConfigurations: SourceAccess[];
  /** Empty turns provisioned mode off. */
  ProvisionedPollerConfig: {
    MinimumPollers?: number;
    MaximumPollers?: number;
    /** Empty leaves the group. */
    PollerGroupName?: string;
  };
  /** An empty destination takes it away. */
  DestinationConfig: { OnFailure: { Destination: string } };
  /** Not counting the first attempt; -1 is without limit. */
  MaximumRetryAttempts: number;
  FunctionResponseTypes: 'ReportBatchItemFailures'[];
}

/** What a mapping is for ever: another value needs another mapping. */
export interface FixedParameters {
  /** Name or ARN. */
  FunctionName: string;
  /** Exactly one. */
  Topics: string[];
  StartingPosition: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  StartingPositionTimestamp?: Date;
  /** Of MSK. */
  EventSourceArn?: string;
  AmazonManagedKafkaEventSourceConfig?: { ConsumerGroupId: string };
  /** Of any other cluster. */
  SelfManagedEventSource?: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: string[] } };
  SelfManagedKafkaEventSourceConfig?: { ConsumerGroupId: string };
}

/** Of CreateEventSourceMapping. */
export interface MappingParameters extends FixedParameters, Partial<ChangeableParameters> {
  BatchSize: number;
  MaximumBatchingWindowInSeconds: number;
  Tags?: Record<string, string>;
}

/** Of UpdateEventSourceMapping: what changes, and nothing else. */
export type MappingUpdate = Partial<ChangeableParameters>;

/** A mapping as Lambda describes it; what another made may lack any of our parameters. */
export interface ExistingMapping extends Partial<FixedParameters>, Partial<ChangeableParameters> {
  UUID: string;
  EventSourceMappingArn?: string;
  State: string;
  /** `OK`, `No records processed`, or `PROBLEM: ` and why it cannot read. */
  LastProcessingResult?: string;
  StateTransitionReason?: string;
}

/**
 * Every method throws a MirrorlessError: MAPPING_CONFLICT where another mapping reads the topic for
 * the function, MAPPING_BUSY in a state that does not allow it, MAPPING_MISSING where the mapping
 * or the function is gone, MAPPING_REFUSED for what Lambda will never take, LAMBDA_REFUSED without
 * permission, LAMBDA_UNAVAILABLE where the outcome is unknown or the service too busy.
 */
export interface MappingsApi {
  /** All mappings of a function, without their tags. */
  list(functionName: string): Promise<ExistingMapping[]>;
  /** Returns at once, with the mapping still `Creating`. Sent twice it is a MAPPING_CONFLICT. */
  create(parameters: MappingParameters): Promise<ExistingMapping>;
  update(uuid: string, update: MappingUpdate): Promise<ExistingMapping>;
  delete(uuid: string): Promise<void>;
  tags(mappingArn: string): Promise<Record<string, string>>;
  /** Adds tags or changes their values; others stay. */
  tag(mappingArn: string, tags: Record<string, string>): Promise<void>;
}
