/**
 * The closed list of error codes. What is not in this list cannot be thrown by the project.
 *
 * `retriable` says whether the same invocation, sent again unchanged, can succeed: a function that
 * fails with a retriable error is retried by its event source mapping and nothing else is needed.
 * The README's table of errors is held equal to this registry by test/tidy.test.ts.
 */
export const errorCodes = {
  CONFIGURATION_INVALID: {
    retriable: false,
    meaning: 'the configuration has problems; every one of them is listed',
    remedy: 'correct each listed key and run the command again',
  },
  CONFIGURATION_UNREADABLE: {
    retriable: false,
    meaning: 'the configuration file cannot be read',
    remedy: 'check the path and its permissions',
  },
  EVENT_MALFORMED: {
    retriable: false,
    meaning: 'the event is not a Kafka event of an event source mapping',
    remedy: 'invoke the function only through its event source mapping; the message names the path',
  },
  TOPIC_REFUSED: {
    retriable: false,
    meaning:
      'the topic may not be mirrored by this flow: it is internal, or it came from the target',
    remedy: 'delete the event source mapping of this topic',
  },
  SOURCE_UNREACHABLE: {
    retriable: true,
    meaning: 'no broker of the source cluster answered',
    remedy: 'check bootstrap.servers, the network and the brokers of the source',
  },
  TARGET_UNREACHABLE: {
    retriable: true,
    meaning: 'no broker of the target cluster answered, or the connection broke',
    remedy: 'check bootstrap.servers, security groups, routes and the brokers of the target',
  },
  TARGET_NOT_READY: {
    retriable: true,
    meaning: 'the partition has no usable leader now: moving, or too few replicas in sync',
    remedy: 'nothing if it passes; otherwise check the brokers and min.insync.replicas',
  },
  TOPIC_MISSING: {
    retriable: true,
    meaning: 'the topic or partition does not exist on the cluster',
    remedy: 'create the topic with the partition count of the source, or let discovery create it',
  },
  TOPIC_CREATION_REFUSED: {
    retriable: false,
    meaning: 'the cluster refuses to create a topic, or to give it more partitions',
    remedy:
      'see the broker’s words: the replication factor, the topic’s name, or a policy of the cluster',
  },
  SETTING_REFUSED: {
    retriable: false,
    meaning: 'the cluster refuses a setting of a topic, as managed clusters do',
    remedy: 'add the setting to config.properties.exclude, or let the cluster take it',
  },
  UNAUTHORIZED: {
    retriable: true,
    meaning: 'the cluster refused the operation for this principal',
    remedy: 'grant the named operation on the named resource',
  },
  AUTHENTICATION_FAILED: {
    retriable: true,
    meaning: 'the cluster refused the credentials, or TLS could not be established',
    remedy: 'check the secret, the mechanism and the certificate authority',
  },
  SECRET_UNREADABLE: {
    retriable: true,
    meaning: 'what clients log in with cannot be read from Secrets Manager, a file or a server',
    remedy:
      'correct what the message names, or grant secretsmanager:GetSecretValue and kms:Decrypt',
  },
  IDEMPOTENCE_REFUSED: {
    retriable: false,
    meaning: 'the target refuses idempotent writes for this principal',
    remedy: 'grant IdempotentWrite on the cluster (brokers before 2.8) or Write on the topic',
  },
  GROUP_ACTIVE: {
    retriable: true,
    meaning: 'the consumer group has members on this cluster, so its offsets are its own',
    remedy: 'stop its consumers there, or leave the group to them',
  },
  SOURCE_NOT_READY: {
    retriable: true,
    meaning: 'the partition or the group’s coordinator has no usable leader now on the source',
    remedy: 'nothing if it passes; otherwise check the brokers of the source',
  },
  RECORD_TOO_LARGE: {
    retriable: false,
    meaning: 'one record is larger than the target accepts',
    remedy: 'raise max.message.bytes of the remote topic; replication goes on with this record',
  },
  EVENT_TOO_LARGE: {
    retriable: false,
    meaning: 'one record alone is larger than the 6 MB that an event may hold',
    remedy:
      'nothing of its partition was skipped; copy the record by other means, then commit the offset after it',
  },
  RECORD_REFUSED: {
    retriable: false,
    meaning: 'the target refuses the record itself, for example its timestamp or a missing key',
    remedy:
      'compare the remote topic’s settings with the source topic’s; the message names the offset',
  },
  RECORD_FORMAT_UNSUPPORTED: {
    retriable: false,
    meaning: 'a broker returned records in a format or compression that is not known',
    remedy: 'records older than Kafka 0.11 need their topic rewritten once',
  },
  SEQUENCE_REFUSED: {
    retriable: true,
    meaning: 'the target refused the sequence numbers and its log does not explain why',
    remedy: 'retried; if it stays, compare the flow’s state with the target’s log',
  },
  SOURCE_RECREATED: {
    retriable: false,
    meaning:
      'records came again at known offsets with other content: the source topic was re-created',
    remedy:
      'see that it is so, then `mirrorless topics restart`, with --force where it asks for it',
  },
  REDELIVERY_UNVERIFIABLE: {
    retriable: false,
    meaning: 'records came again, and the target no longer holds their copies to compare with',
    remedy: 'the same topic: move its group to progress; else `mirrorless topics restart --force`',
  },
  TARGET_TRUNCATED: {
    retriable: false,
    meaning: 'the target partition ends before what it had acknowledged: truncated or re-created',
    remedy: 'find out what the target lost, then `mirrorless topics restart`',
  },
  PROGRESS_BEHIND: {
    retriable: false,
    meaning:
      'the target holds records of this flow that the state does not know and the event does not bring',
    remedy:
      'rewind the mapping’s group to the named offset; the records are matched, not copied again',
  },
  PROGRESS_CONFLICT: {
    retriable: true,
    meaning: 'another invocation advanced the same partition to a different position',
    remedy: 'retried from the new position',
  },
  SAME_CLUSTER: {
    retriable: false,
    meaning: 'the two ends of the flow are one cluster: its records would be copied round for ever',
    remedy: 'correct bootstrap.servers of one of the two clusters, or remove the flow',
  },
  CLUSTER_REPLACED: {
    retriable: false,
    meaning: 'an alias names another cluster than it did when the flow was first discovered',
    remedy:
      'point the alias to its cluster again; for a new cluster use a new alias, or another state.table',
  },
  CLUSTER_IDS_MISSING: {
    retriable: true,
    meaning: 'the ids of the flow’s clusters are not known, which loop protection needs',
    remedy: 'nothing once discovery has run; otherwise see why it fails',
  },
  STATE_TABLE_MISSING: {
    retriable: true,
    meaning: 'the DynamoDB table of the flow does not exist',
    remedy: 'deploy the stack, or correct the table name',
  },
  STATE_UNAVAILABLE: {
    retriable: true,
    meaning: 'DynamoDB did not answer, throttled, or failed',
    remedy: 'retried; check the service, the network path and the table’s capacity',
  },
  STATE_REFUSED: {
    retriable: true,
    meaning: 'DynamoDB refused the operation for this role',
    remedy: 'grant the named action on the table',
  },
  STATE_CORRUPT: {
    retriable: false,
    meaning: 'an item of the state table does not decode',
    remedy: 'restore the table to a point in time; positions heal from the target’s log',
  },
  CHECKPOINTS_TOO_LARGE: {
    retriable: false,
    meaning: 'the checkpoints of one group do not fit into an item of the state table',
    remedy: 'shorten the metadata that the group commits, or narrow the topics of the flow',
  },
  TIME_EXHAUSTED: {
    retriable: true,
    meaning: 'the invocation’s time was used up before the target acknowledged everything',
    remedy: 'retried; raise the function’s timeout or lower the batch size if it stays',
  },
  MAPPING_CONFLICT: {
    retriable: true,
    meaning: 'another event source mapping reads the topic for the same function, or its group',
    remedy: 'delete the mapping that the message names, or let the next run adopt its own',
  },
  MAPPING_BUSY: {
    retriable: true,
    meaning:
      'Lambda is changing the event source mapping and takes no other change until it is done',
    remedy: 'nothing: the next run goes on',
  },
  MAPPING_MISSING: {
    retriable: true,
    meaning: 'the function or the event source mapping does not exist',
    remedy: 'deploy the stack; a mapping that was deleted is created again by the next run',
  },
  MAPPING_REFUSED: {
    retriable: false,
    meaning: 'Lambda refuses the event source mapping: a parameter, or a quota of the account',
    remedy: 'see Lambda’s words: correct the named setting, or ask for a higher quota',
  },
  LAMBDA_UNAVAILABLE: {
    retriable: true,
    meaning: 'the Lambda API did not answer, throttled, or failed',
    remedy: 'the next run looks at what there is and goes on',
  },
  LAMBDA_REFUSED: {
    retriable: true,
    meaning: 'the Lambda API refused the action for this role',
    remedy: 'grant the named action on the function and its event source mappings',
  },
  TAKEOVER_REFUSED: {
    retriable: false,
    meaning: 'a flow cannot be taken over from MirrorMaker 2, or handed back, as things are now',
    remedy: 'do what the message names, then run the command again',
  },
  FUNCTION_FAILED: {
    retriable: true,
    meaning: 'a function of the local host crashed, ran out of time or returned an error',
    remedy: 'read the function’s log lines above',
  },
  PART_MISSING: {
    retriable: false,
    meaning: 'a program that this command needs is not on the path',
    remedy: 'install what the message names',
  },
  PART_FAILED: {
    retriable: false,
    meaning: 'a local Kafka broker or the AWS emulator did not start',
    remedy: 'read the log file that the message names',
  },
  STATE_FOLDER_IN_USE: {
    retriable: false,
    meaning: 'another local host runs with the same state folder',
    remedy: 'end it, or give another folder with --state',
  },
  LAMBDA_UNREACHABLE: {
    retriable: true,
    meaning: 'no local host serves the Lambda API of the state folder now, or nothing names one',
    remedy: 'let `mirrorless local` run meanwhile, or see --state and AWS_ENDPOINT_URL_LAMBDA',
  },
  INTERNAL: {
    retriable: false,
    meaning: 'a defect of Mirrorless',
    remedy: 'report it with the message and the stack',
  },
} as const satisfies Record<string, { retriable: boolean; meaning: string; remedy: string }>;

export type ErrorCode = keyof typeof errorCodes;
