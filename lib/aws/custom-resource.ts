/**
 * What CloudFormation asks of a function that stands behind a custom resource, and how it is answered:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref.html
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MirrorlessError } from '../errors.ts';

export interface CustomResourceRequest {
  RequestType: 'Create' | 'Update' | 'Delete';
  /** Signed; where the answer goes. */
  ResponseURL: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  /** Absent at creation. */
  PhysicalResourceId?: string;
  ResourceProperties: Readonly<Record<string, unknown>>;
  /** At an update only. */
  OldResourceProperties?: Readonly<Record<string, unknown>>;
}

/** `data` are the attributes of the resource. */
export type CustomResourceOutcome =
  | { ok: true; data: Readonly<Record<string, string>> }
  | { ok: false; reason: string };

export function customResourceRequest(event: unknown): CustomResourceRequest | undefined {
  const isRequest = typeof event === 'object' && event !== null && 'RequestType' in event;
  return isRequest ? (event as CustomResourceRequest) : undefined;
}

/** What CloudFormation takes of an answer, and so of a text in it. */
const answerBytes = 4096;
const textCharacters = 1000;
const attempts = 4;

/** The same resource for ever: an update never replaces it. Pure. */
export function answerText(request: CustomResourceRequest, outcome: CustomResourceOutcome): string {
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId } = request;
  const own = { StackId, RequestId, LogicalResourceId };
  const text = JSON.stringify({
    ...own,
    PhysicalResourceId: PhysicalResourceId ?? `${LogicalResourceId}-${RequestId}`,
    Status: outcome.ok ? 'SUCCESS' : 'FAILED',
    ...(outcome.ok ? { Data: shortened(outcome.data) } : { Reason: short(outcome.reason) }),
  });
  if (Buffer.byteLength(text) <= answerBytes) return text;
  throw new MirrorlessError('INTERNAL', 'The answer to CloudFormation is too long.');
}

function shortened(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, short(value)]));
}

function short(text: string): string {
  return text.length > textCharacters ? `${text.slice(0, textCharacters - 1)}…` : text;
}

/**
 * Without an answer the deployment would wait for long, so it is tried again. Throws
 * LAMBDA_UNAVAILABLE: from within a VPC the way there is a gateway endpoint of S3, or NAT.
 */
export async function answerCustomResource(
  request: CustomResourceRequest,
  outcome: CustomResourceOutcome,
  { timeoutMs = 5000, pauseMs = 500 }: { timeoutMs?: number; pauseMs?: number } = {},
): Promise<void> {
  const body = Buffer.from(answerText(request, outcome));
  for (let attempt = 1; ; attempt += 1) {
    try {
      // The signature is of an answer without a content type.
      const headers = { 'content-type': '' };
      const signal = AbortSignal.timeout(timeoutMs);
      const { ok, status } = await fetch(request.ResponseURL, {
        method: 'PUT',
        body,
        headers,
        signal,
      });
      if (ok) return;
      throw new Error(`HTTP ${status}`);
    } catch (cause) {
      if (attempt < attempts) await sleep(pauseMs * attempt);
      else throw new MirrorlessError('LAMBDA_UNAVAILABLE', `CloudFormation: ${cause}.`, { cause });
    }
  }
}
