/** Requests about many topics: in parts that brokers take, with an outcome for each topic. */
import { mapBounded } from '../../bounded.ts';
import { type MirrorlessError, toMirrorlessError } from '../../errors.ts';
import { networkException, refusedByBroker } from '../kafka-errors.ts';
import type { Settled } from '../ports.ts';
import { metadata } from '../protocol/cluster.ts';
import type { TopicAnswer } from '../protocol/topics.ts';
import type { Api } from '../protocol/wire.ts';
import type { Connections } from './connections.ts';

type Reach = Pick<Connections, 'peer' | 'to' | 'ask' | 'askAny'>;

/** What a broker said in place of a result; of a topic, or of the request as a whole. */
export interface Answer {
  topic?: string;
  code: number;
  detail?: string | undefined;
}

export const leftOut = {
  code: networkException,
  detail: 'the answer leaves this out',
};

export function refusal(
  { peer }: Pick<Reach, 'peer'>,
  api: Pick<Api<never, unknown>, 'name'>,
  { topic, code, detail }: Answer,
): MirrorlessError {
  return refusedByBroker(peer, { api: api.name, topic, code, detail });
}

interface Change<Part, Request> {
  api: Api<Request, TopicAnswer[]>;
  request(part: readonly Part[]): Request;
  /** The code of having nothing to do. */
  doneAlready?: number;
}

const topicsAtOnce = 100;
/** Controllers refuse a request that would come to more than 10,000 of their own records. */
const partitionsAtOnce = 2000;
const requestsAtOnce = 3;
const notController = 41;

/**
 * One request after the other: controllers do them so anyhow. True for what was changed, false where
 * there was nothing to do. Never rejects.
 */
export async function toController<Part extends { topic: string; partitionCount: number }, Request>(
  connections: Reach,
  topics: readonly Part[],
  { api, request, doneAlready }: Change<Part, Request>,
): Promise<Settled<boolean>[]> {
  const outcomes: Settled<boolean>[] = [];
  for (const part of boundedParts(topics)) {
    const ask = async () => {
      const answers = await askController(connections, api, request(part));
      const isDone = ({ code }: Answer) => code === doneAlready;
      const settled = answers.map((answer) => (isDone(answer) ? { ...answer, code: 0 } : answer));
      const done = new Set(answers.filter(isDone).map(({ topic }) => topic));
      return byTopic(part, settled, {
        read: ({ topic }) => !done.has(topic),
        refusalOf: (answer) => refusal(connections, api, answer),
      });
    };
    outcomes.push(...(await settleAll(part, ask)));
  }
  return outcomes;
}

/** With ZooKeeper only the controller takes changes; it is looked for again where it has moved. */
export async function askController<Request, Answered extends TopicAnswer>(
  connections: Reach,
  api: Api<Request, Answered[]>,
  request: Request,
): Promise<Answered[]> {
  const ask = async () => {
    const { brokers, controller } = await connections.askAny(metadata, []);
    const address = brokers.get(controller);
    if (address === undefined) return connections.askAny(api, request);
    return connections.ask(connections.to(address), api, request);
  };
  const answers = await ask();
  return answers.some(({ code }) => code === notController) ? ask() : answers;
}

function* boundedParts<Part extends { partitionCount: number }>(
  topics: readonly Part[],
): Generator<Part[]> {
  let part: Part[] = [];
  let partitionCount = 0;
  for (const topic of topics) {
    const isFull = partitionCount + topic.partitionCount > partitionsAtOnce;
    if (part.length === topicsAtOnce || (part.length > 0 && isFull)) {
      yield part;
      part = [];
      partitionCount = 0;
    }
    part.push(topic);
    partitionCount += topic.partitionCount;
  }
  if (part.length > 0) yield part;
}

/** Some at the same time; a part that nobody answers fails alone. Never rejects. */
export async function inParts<Part, Value>(
  all: readonly Part[],
  sizeMax: number,
  ask: (part: readonly Part[]) => Promise<Settled<Value>[]>,
): Promise<Settled<Value>[]> {
  const count = Math.ceil(all.length / sizeMax);
  const parts = Array.from({ length: count }, (_, i) => all.slice(i * sizeMax, (i + 1) * sizeMax));
  const outcomes = await mapBounded(parts, requestsAtOnce, (part) =>
    settleAll(part, () => ask(part)),
  );
  return outcomes.flat();
}

async function settleAll<Value>(
  part: readonly unknown[],
  ask: () => Promise<Settled<Value>[]>,
): Promise<Settled<Value>[]> {
  try {
    return await ask();
  } catch (thrown) {
    const error = toMirrorlessError(thrown);
    return part.map(() => ({ ok: false, error }));
  }
}

/** Answers in the order of the topics asked about, in whatever order they came. */
export function byTopic<Answered extends Answer, Value>(
  asked: readonly { topic: string }[],
  answers: readonly Answered[],
  {
    read,
    refusalOf,
  }: { read(answer: Answered): Value; refusalOf(answer: Answer): MirrorlessError },
): Settled<Value>[] {
  const found = new Map(answers.map((answer) => [answer.topic, answer]));
  return asked.map(({ topic }) => {
    const answer = found.get(topic);
    if (answer?.code === 0) return { ok: true, value: read(answer) };
    return { ok: false, error: refusalOf(answer ?? { topic, ...leftOut }) };
  });
}
