import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** Makes a broker compact a topic now, and waits until it has. */
final class Compaction {
  private Compaction() {}

  /**
   * The active segment is never compacted. So each partition is given one more record, of a key of
   * its own and late enough for a new segment to begin with it; the cleaner is told to look often;
   * and the partition counts as clean when no key occurs twice before that record (and, where
   * tombstones are to go, no null value). Another record follows where a broker took the first one
   * before it had heard of the short segments, and for tombstones, which go in a second cleaning.
   * The topic stays compacted; the haste is taken back.
   */
  static void compact(JsonNode request, Oracle.Answer answer) throws Exception {
    String topic = Topics.topic(request);
    boolean dropTombstones = request.get("dropTombstones").asBoolean();
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    ConfigResource brokers = new ConfigResource(ConfigResource.Type.BROKER, "");
    try (Admin admin = Topics.admin(request)) {
      Topics.alter(admin, brokers, Map.of("log.cleaner.backoff.ms", "50"));
      Topics.alter(admin, resource, hastened(dropTombstones));
      Topics.until("the settings of " + topic, () -> isHastened(admin, resource));
      for (TopicPartition partition : partitions(admin, topic)) {
        compact(request, partition, dropTombstones);
      }
      Map<String, String> takenBack = new HashMap<>();
      takenBack.put("segment.ms", null);
      takenBack.put("min.cleanable.dirty.ratio", null);
      Topics.alter(admin, resource, takenBack);
    }
  }

  private static void compact(JsonNode request, TopicPartition partition, boolean dropTombstones)
      throws Exception {
    Topics.until("the compaction of " + partition, () -> {
      long end = roll(request, partition);
      return Topics.isSoon(
          Duration.ofSeconds(1), () -> isClean(request, partition, end, dropTombstones));
    });
  }

  private static Map<String, String> hastened(boolean dropTombstones) {
    Map<String, String> configs = new HashMap<>();
    configs.put("cleanup.policy", "compact");
    configs.put("min.cleanable.dirty.ratio", "0");
    configs.put("segment.ms", "1");
    if (dropTombstones) configs.put("delete.retention.ms", "0");
    return configs;
  }

  private static List<TopicPartition> partitions(Admin admin, String topic) throws Exception {
    return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions()
        .stream()
        .map(info -> new TopicPartition(topic, info.partition()))
        .toList();
  }

  private static boolean isHastened(Admin admin, ConfigResource resource) throws Exception {
    return admin.describeConfigs(List.of(resource)).all().get().get(resource).get("segment.ms")
        .value().equals("1");
  }

  /** Returns where the new segment begins. */
  private static long roll(JsonNode request, TopicPartition partition) throws Exception {
    byte[] key = ("oracle/segment/" + UUID.randomUUID()).getBytes(StandardCharsets.UTF_8);
    long soon = System.currentTimeMillis() + 1000;
    Map<String, Object> settings = Map.of("linger.ms", 0);
    try (KafkaProducer<byte[], byte[]> producer = Producing.producer(request, settings)) {
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(partition.topic(), partition.partition(), soon, key, new byte[0]);
      return producer.send(record).get().offset();
    }
  }

  private static boolean isClean(
      JsonNode request, TopicPartition partition, long end, boolean dropTombstones) {
    Set<ByteBuffer> keys = new HashSet<>();
    boolean[] clean = {true};
    Dumping.read(request, Map.of(partition, end), "read_uncommitted", batch -> {
      for (ConsumerRecord<byte[], byte[]> record : batch) {
        boolean first = record.key() == null || keys.add(ByteBuffer.wrap(record.key()));
        if (!first || (dropTombstones && record.value() == null)) clean[0] = false;
      }
    });
    return clean[0];
  }
}
