import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads partitions with Kafka's own consumer, checksums verified. */
final class Dumping {
  /** A line of JSON is not let grow much beyond this. */
  private static final long LINE_BYTES = 4 << 20;

  private Dumping() {}

  /**
   * Parts: first `[[partition, start, end]...]`, then `[partition, [record...]]` in log order. The
   * end is where the log, or its committed part, ended when the command began.
   */
  static void dump(JsonNode request, Oracle.Answer answer) {
    String isolation = request.get("isolation").asText();
    JsonNode from = request.get("from");
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(request, isolation)) {
      List<TopicPartition> partitions = partitions(consumer, request);
      Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      if (!from.isNull()) starts.replaceAll((partition, start) -> Math.max(start, from.asLong()));
      answer.part(json -> {
        json.writeStartArray();
        for (TopicPartition partition : partitions) {
          long start = starts.get(partition);
          long[] range = {partition.partition(), start, Math.max(start, ends.get(partition))};
          json.writeArray(range, 0, range.length);
        }
        json.writeEndArray();
      });
      consumer.assign(partitions);
      starts.forEach(consumer::seek);
      read(consumer, ends, batch -> write(answer, batch));
    }
  }

  /** Hands over everything below the given ends, from the start of the logs. */
  static void read(
      JsonNode request,
      Map<TopicPartition, Long> ends,
      String isolation,
      Consumer<List<ConsumerRecord<byte[], byte[]>>> take) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(request, isolation)) {
      consumer.assign(ends.keySet());
      consumer.seekToBeginning(ends.keySet());
      read(consumer, ends, take);
    }
  }

  /** The position, not the last record, says when all is read: the log may end in a gap. */
  private static void read(
      KafkaConsumer<byte[], byte[]> consumer,
      Map<TopicPartition, Long> ends,
      Consumer<List<ConsumerRecord<byte[], byte[]>>> take) {
    long deadline = System.nanoTime() + Duration.ofSeconds(120).toNanos();
    while (!ends.keySet().stream().allMatch(p -> consumer.position(p) >= ends.get(p))) {
      if (System.nanoTime() > deadline) throw new TimeoutException("the dump took too long");
      var polled = consumer.poll(Duration.ofMillis(100));
      for (TopicPartition partition : polled.partitions()) {
        long end = ends.get(partition);
        take.accept(polled.records(partition).stream().filter(r -> r.offset() < end).toList());
      }
    }
  }

  private static List<TopicPartition> partitions(
      KafkaConsumer<byte[], byte[]> consumer, JsonNode request) {
    JsonNode only = request.get("partition");
    return consumer.partitionsFor(Topics.topic(request)).stream()
        .filter(info -> only.isNull() || info.partition() == only.asInt())
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .toList();
  }

  private static KafkaConsumer<byte[], byte[]> consumer(JsonNode request, String isolation) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", request.get("bootstrapServers").asText());
    config.put("isolation.level", isolation);
    config.put("auto.offset.reset", "none");
    config.put("enable.auto.commit", false);
    config.put("allow.auto.create.topics", false);
    config.put("check.crcs", true);
    config.put("max.poll.records", 2000);
    // The fetch that runs ahead at the end of a log is waited for when the consumer closes.
    config.put("fetch.max.wait.ms", 10);
    config.put("max.partition.fetch.bytes", 8 << 20);
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static void write(Oracle.Answer answer, List<ConsumerRecord<byte[], byte[]>> records) {
    int first = 0;
    while (first < records.size()) {
      int end = endOfLine(records, first);
      List<ConsumerRecord<byte[], byte[]>> line = records.subList(first, end);
      answer.part(json -> {
        json.writeStartArray();
        json.writeNumber(line.get(0).partition());
        json.writeStartArray();
        for (ConsumerRecord<byte[], byte[]> record : line) Records.write(json, dumped(record));
        json.writeEndArray();
        json.writeEndArray();
      });
      first = end;
    }
  }

  private static int endOfLine(List<ConsumerRecord<byte[], byte[]>> records, int first) {
    long bytes = 0;
    int end = first;
    while (end < records.size() && bytes < LINE_BYTES) {
      ConsumerRecord<byte[], byte[]> record = records.get(end);
      bytes += Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
      end += 1;
    }
    return end;
  }

  private static Records.Dumped dumped(ConsumerRecord<byte[], byte[]> record) {
    return new Records.Dumped(
        record.offset(),
        record.timestamp(),
        record.timestampType() == TimestampType.LOG_APPEND_TIME,
        record.key(),
        record.value(),
        record.headers());
  }
}
