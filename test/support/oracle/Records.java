import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * The one shape of a record in JSON, to and from: bytes are base64, null stays null, headers are
 * pairs in order: `[offset, timestamp, log append time 0|1, key, value, [[name, value]...]]` out,
 * `[partition, timestamp, key, value, [[name, value]...]]` in.
 */
final class Records {
  private Records() {}

  static byte[] bytes(JsonNode node) throws IOException {
    return node.isNull() ? null : node.binaryValue();
  }

  static List<Header> headers(JsonNode pairs) throws IOException {
    List<Header> headers = new ArrayList<>();
    for (JsonNode pair : pairs) {
      headers.add(new RecordHeader(pair.get(0).asText(), bytes(pair.get(1))));
    }
    return headers;
  }

  static void write(JsonGenerator json, Dumped record) throws IOException {
    json.writeStartArray();
    json.writeNumber(record.offset());
    json.writeNumber(record.timestamp());
    json.writeNumber(record.logAppendTime() ? 1 : 0);
    writeBytes(json, record.key());
    writeBytes(json, record.value());
    json.writeStartArray();
    for (Header header : record.headers()) {
      json.writeStartArray();
      json.writeString(header.key());
      writeBytes(json, header.value());
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeEndArray();
  }

  static void writeBytes(JsonGenerator json, byte[] bytes) throws IOException {
    if (bytes == null) {
      json.writeNull();
    } else {
      json.writeBinary(bytes);
    }
  }

  record Dumped(
      long offset,
      long timestamp,
      boolean logAppendTime,
      byte[] key,
      byte[] value,
      Iterable<Header> headers) {}
}
