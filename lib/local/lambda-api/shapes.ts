/** The bodies of requests, with the limits that Lambda has for Kafka. What it ignores is dropped. */
import * as z from 'zod';
import { type Answer, exception } from './answer.ts';

const group = z.object({
  ConsumerGroupId: z
    .string()
    .regex(/^[ a-zA-Z0-9\-/*:_+=.@]{1,200}$/)
    .optional(),
});
const tags = z.record(z.string().min(1).max(128), z.string().max(256));

const changeable = {
  Enabled: z.boolean(),
  BatchSize: z.int().min(1).max(10_000),
  MaximumBatchingWindowInSeconds: z.int().min(0).max(300),
  SourceAccessConfigurations: z
    .array(z.object({ Type: z.string().min(1), URI: z.string().min(1).max(200).optional() }))
    .max(23),
  ProvisionedPollerConfig: z.object({
    MinimumPollers: z.int().min(1).max(200).optional(),
    MaximumPollers: z.int().min(1).max(2000).optional(),
    PollerGroupName: z
      .string()
      .regex(/^[a-zA-Z0-9-_]{0,128}$/)
      .optional(),
  }),
  DestinationConfig: z.object({
    OnFailure: z.object({ Destination: z.string().max(350).optional() }).optional(),
  }),
  MaximumRetryAttempts: z.int().min(-1).max(10_000),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).max(1),
};

export const updateShape = z.object(changeable).partial();

export const createShape = z
  .object({
    ...changeable,
    EventSourceArn: z.string().regex(/^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:.+$/),
    SelfManagedEventSource: z.object({
      Endpoints: z.object({
        KAFKA_BOOTSTRAP_SERVERS: z.array(z.string().min(1).max(300)).min(1).max(10),
      }),
    }),
    Topics: z.tuple([
      z
        .string()
        .regex(/^[^.][a-zA-Z0-9\-_.]+$/)
        .max(249),
    ]),
    StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP']),
    /** Epoch seconds, with milliseconds behind the point. */
    StartingPositionTimestamp: z.number(),
    AmazonManagedKafkaEventSourceConfig: group,
    SelfManagedKafkaEventSourceConfig: group,
    Tags: tags,
  })
  .partial()
  .extend({ FunctionName: z.string().min(1) });

export const tagShape = z.object({ Tags: tags });

export type UpdateBody = z.infer<typeof updateShape>;
export type CreateBody = z.infer<typeof createShape>;

/** The body as the shape has it, or why it is none. */
export function parseBody<T>(shape: z.ZodType<T>, text: string): { value: T } | Answer {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return exception('SerializationException', 'The body is not JSON.');
  }
  const { success, data, error } = shape.safeParse(json);
  if (success) return { value: data };
  const { issues } = error;
  const all = issues.map(({ path, message }) => `Value at '${path.join('.')}': ${message}`);
  const count = `${issues.length} validation error${issues.length === 1 ? '' : 's'} detected`;
  return exception('ValidationException', `${count}: ${all.join('; ')}`);
}

/** What no single parameter shows. */
export function refuseTogether(body: CreateBody, nowMs: number): Answer | undefined {
  const refused = (message: string) => exception('InvalidParameterValueException', message);
  const { EventSourceArn, SelfManagedEventSource } = body;
  if ((EventSourceArn === undefined) === (SelfManagedEventSource === undefined)) {
    return refused('Exactly one of EventSourceArn and SelfManagedEventSource is needed.');
  }
  if (body.Topics === undefined) return refused('Topics is needed for a Kafka event source.');
  if (body.StartingPosition === undefined) return refused('StartingPosition is needed.');
  const timestamp = body.StartingPositionTimestamp;
  if ((body.StartingPosition === 'AT_TIMESTAMP') !== (timestamp !== undefined)) {
    return refused('StartingPositionTimestamp belongs to StartingPosition AT_TIMESTAMP.');
  }
  if (timestamp !== undefined && timestamp * 1000 > nowMs) {
    return refused('StartingPositionTimestamp lies in the future.');
  }
  const group =
    EventSourceArn === undefined
      ? body.AmazonManagedKafkaEventSourceConfig
      : body.SelfManagedKafkaEventSourceConfig;
  if (group !== undefined) return refused('The Kafka configuration is that of another source.');
  return undefined;
}
