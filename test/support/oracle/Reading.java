import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What an application does: reads on in its group, commits what it has read, and leaves. */
final class Reading {
  private Reading() {}

  /** Parts: `[partition, offset, value]`, in the order of reading. */
  static void read(JsonNode request, Oracle.Answer answer) {
    long count = request.get("count").asLong();
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(request)) {
      consumer.subscribe(List.of(Topics.topic(request)));
      for (long taken = 0; taken < count; ) {
        if (System.nanoTime() > deadline) throw new TimeoutException("read only " + taken);
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          if (taken == count) break;
          write(answer, record);
          read.put(
              new TopicPartition(record.topic(), record.partition()),
              new OffsetAndMetadata(record.offset() + 1, "read by the oracle"));
          taken += 1;
        }
      }
      consumer.commitSync(read);
    }
  }

  private static void write(Oracle.Answer answer, ConsumerRecord<byte[], byte[]> record) {
    answer.part(json -> {
      json.writeStartArray();
      json.writeNumber(record.partition());
      json.writeNumber(record.offset());
      json.writeBinary(record.value());
      json.writeEndArray();
    });
  }

  private static KafkaConsumer<byte[], byte[]> consumer(JsonNode request) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", request.get("bootstrapServers").asText());
    config.put("group.id", request.get("group").asText());
    config.put("group.protocol", request.get("protocol").asText());
    config.put("auto.offset.reset", request.get("reset").asText());
    config.put("isolation.level", "read_committed");
    config.put("enable.auto.commit", false);
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
