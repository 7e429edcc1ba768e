import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.Utils;

/** Record batches as bytes, read and written by Kafka itself: no broker takes part. */
final class Batches {
  private Batches() {}

  /** A part per batch. Bytes that are not whole, valid batches are an error. */
  static void decode(JsonNode request, Oracle.Answer answer) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(request.get("bytes").binaryValue());
    MemoryRecords log = MemoryRecords.readableRecords(bytes);
    if (log.validBytes() != bytes.limit()) {
      throw new IllegalArgumentException(
          (bytes.limit() - log.validBytes()) + " bytes are left over after the last whole batch");
    }
    for (MutableRecordBatch batch : log.batches()) {
      batch.ensureValid();
      answer.part(json -> {
        json.writeStartObject();
        json.writeNumberField("baseOffset", batch.baseOffset());
        json.writeNumberField("lastOffset", batch.lastOffset());
        json.writeNumberField("maxTimestamp", batch.maxTimestamp());
        json.writeStringField("compression", batch.compressionType().name);
        json.writeNumberField("producerId", batch.producerId());
        json.writeNumberField("producerEpoch", batch.producerEpoch());
        json.writeNumberField("baseSequence", batch.baseSequence());
        json.writeBooleanField("transactional", batch.isTransactional());
        json.writeArrayFieldStart("records");
        for (Record record : batch) Records.write(json, dumped(batch, record));
        json.writeEndArray();
        json.writeEndObject();
      });
    }
  }

  private static Records.Dumped dumped(RecordBatch batch, Record record) {
    return new Records.Dumped(
        record.offset(),
        record.timestamp(),
        batch.timestampType() == TimestampType.LOG_APPEND_TIME,
        record.hasKey() ? Utils.toArray(record.key()) : null,
        record.hasValue() ? Utils.toArray(record.value()) : null,
        List.of(record.headers()));
  }

  /** One part: the batch that holds exactly these records, at consecutive offsets. */
  static void encode(JsonNode request, Oracle.Answer answer) throws IOException {
    Compression codec =
        Compression.of(CompressionType.forName(request.get("compression").asText())).build();
    long offset = request.get("baseOffset").asLong();
    MemoryRecordsBuilder builder =
        MemoryRecords.builder(
            ByteBuffer.allocate(1 << 16),
            RecordBatch.MAGIC_VALUE_V2,
            codec,
            TimestampType.CREATE_TIME,
            offset,
            RecordBatch.NO_TIMESTAMP,
            request.get("producerId").asLong(),
            (short) request.get("producerEpoch").asInt(),
            request.get("baseSequence").asInt());
    for (JsonNode record : request.get("records")) {
      builder.appendWithOffset(
          offset++,
          record.get(1).asLong(),
          Records.bytes(record.get(2)),
          Records.bytes(record.get(3)),
          Records.headers(record.get(4)).toArray(Header[]::new));
    }
    byte[] bytes = Utils.toArray(builder.build().buffer());
    answer.part(json -> json.writeBinary(bytes));
  }
}
