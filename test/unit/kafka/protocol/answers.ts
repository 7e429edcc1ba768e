/** Answers as brokers write them, for the readers of the protocol. */
import { type Api, Reader, Writer } from '../../../../lib/kafka/protocol/wire.ts';

/** One tagged field that nobody knows: tag 7, three bytes. */
const unknownTag = Buffer.from([1, 7, 3, 0xaa, 0xbb, 0xcc]);
export const array = <T>(
  writer: Writer,
  items: T[],
  write: (writer: Writer, item: T, index: number) => void,
) =>
  writer.appendArray(
    items,
    (w, item, index) => {
      write(w, item, index);
      w.append(unknownTag);
    },
    true,
    false,
  );

export function read<Response>(
  api: Api<never, Response>,
  write: (writer: Writer) => void,
): Response {
  const writer = Writer.create();
  write(writer);
  writer.append(unknownTag);
  return api.read(Reader.from(writer.buffer));
}

/** What a request is on the wire, behind its header. */
export function written<Request>(api: Api<Request, unknown>, request: Request): string {
  const writer = Writer.create();
  api.write(writer, request);
  return writer.buffer.toString('hex');
}
