import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** What a test does to topics. Every command returns when the cluster shows its effect. */
final class Topics {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  interface Condition {
    boolean holds() throws Exception;
  }

  private Topics() {}

  static Admin admin(JsonNode request) {
    return Admin.create(Map.of("bootstrap.servers", request.get("bootstrapServers").asText()));
  }

  static String topic(JsonNode request) {
    return request.get("topic").asText();
  }

  static void create(JsonNode request, Oracle.Answer answer) throws Exception {
    int partitions = request.get("partitions").asInt();
    NewTopic topic =
        new NewTopic(
            topic(request),
            Optional.of(partitions),
            Optional.of((short) request.get("replicationFactor").asInt()));
    Map<String, String> configs = new HashMap<>();
    request.get("configs").properties()
        .forEach(entry -> configs.put(entry.getKey(), entry.getValue().asText()));
    try (Admin admin = admin(request)) {
      admin.createTopics(List.of(topic.configs(configs))).all().get();
      awaitLeaders(admin, topic(request), partitions);
    }
  }

  static void delete(JsonNode request, Oracle.Answer answer) throws Exception {
    try (Admin admin = admin(request)) {
      admin.deleteTopics(List.of(topic(request))).all().get();
      until("the topic's end", () -> description(admin, topic(request)).isEmpty());
    }
  }

  static void addPartitions(JsonNode request, Oracle.Answer answer) throws Exception {
    int total = request.get("total").asInt();
    try (Admin admin = admin(request)) {
      admin.createPartitions(Map.of(topic(request), NewPartitions.increaseTo(total))).all().get();
      awaitLeaders(admin, topic(request), total);
    }
  }

  static void alterConfigs(JsonNode request, Oracle.Answer answer) throws Exception {
    Map<String, String> configs = new HashMap<>();
    request.get("configs").properties().forEach(entry ->
        configs.put(entry.getKey(), entry.getValue().isNull() ? null : entry.getValue().asText()));
    try (Admin admin = admin(request)) {
      alter(admin, new ConfigResource(ConfigResource.Type.TOPIC, topic(request)), configs);
    }
  }

  /** A null value takes the setting back to its default. */
  static void alter(Admin admin, ConfigResource resource, Map<String, String> configs)
      throws Exception {
    List<AlterConfigOp> operations = new ArrayList<>();
    configs.forEach((name, value) ->
        operations.add(
            new AlterConfigOp(
                new ConfigEntry(name, value),
                value == null ? AlterConfigOp.OpType.DELETE : AlterConfigOp.OpType.SET)));
    admin.incrementalAlterConfigs(Map.of(resource, operations)).all().get();
  }

  static void deleteRecords(JsonNode request, Oracle.Answer answer) throws Exception {
    TopicPartition partition =
        new TopicPartition(topic(request), request.get("partition").asInt());
    RecordsToDelete before = RecordsToDelete.beforeOffset(request.get("before").asLong());
    try (Admin admin = admin(request)) {
      admin.deleteRecords(Map.of(partition, before)).all().get();
    }
  }

  /** A part per partition: `[partition, leader, start, end, last stable end]`, after the id. */
  static void describe(JsonNode request, Oracle.Answer answer) throws Exception {
    try (Admin admin = admin(request)) {
      TopicDescription topic =
          admin.describeTopics(List.of(topic(request))).allTopicNames().get().get(topic(request));
      answer.part(json -> json.writeString(topic.topicId().toString()));
      for (TopicPartitionInfo info : topic.partitions()) {
        TopicPartition partition = new TopicPartition(topic(request), info.partition());
        IsolationLevel all = IsolationLevel.READ_UNCOMMITTED;
        long start = offset(admin, partition, OffsetSpec.earliest(), all);
        long end = offset(admin, partition, OffsetSpec.latest(), all);
        long stable =
            offset(admin, partition, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
        answer.part(json -> {
          json.writeStartArray();
          json.writeNumber(info.partition());
          json.writeNumber(info.leader() == null ? -1 : info.leader().id());
          json.writeNumber(start);
          json.writeNumber(end);
          json.writeNumber(stable);
          json.writeEndArray();
        });
      }
    }
  }

  private static long offset(
      Admin admin, TopicPartition partition, OffsetSpec which, IsolationLevel isolation)
      throws Exception {
    ListOffsetsOptions options = new ListOffsetsOptions(isolation);
    return admin.listOffsets(Map.of(partition, which), options).all().get().get(partition).offset();
  }

  /**
   * Brokers tell of a leader before that leader has made its log. Kafka's producer, refused by it
   * for several batches of a partition, may hold them back until they expire. So each is asked.
   */
  private static void awaitLeaders(Admin admin, String topic, int partitions) throws Exception {
    until("a leader of every partition", () -> hasLeaders(admin, topic, partitions));
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int partition = 0; partition < partitions; partition += 1) {
      ends.put(new TopicPartition(topic, partition), OffsetSpec.latest());
    }
    admin.listOffsets(ends).all().get();
  }

  private static boolean hasLeaders(Admin admin, String topic, int partitions) throws Exception {
    return description(admin, topic)
        .filter(found -> found.partitions().size() == partitions)
        .filter(found -> found.partitions().stream().allMatch(Topics::hasLeader))
        .isPresent();
  }

  private static boolean hasLeader(TopicPartitionInfo partition) {
    return partition.leader() != null && !partition.leader().isEmpty();
  }

  private static Optional<TopicDescription> description(Admin admin, String topic)
      throws Exception {
    try {
      return Optional.of(admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic));
    } catch (ExecutionException error) {
      if (error.getCause() instanceof UnknownTopicOrPartitionException) return Optional.empty();
      throw error;
    }
  }

  static void until(String what, Condition condition) throws Exception {
    if (!isSoon(PATIENCE, condition)) throw new TimeoutException("waited in vain for " + what);
  }

  static boolean isSoon(Duration patience, Condition condition) throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) return false;
      Thread.sleep(20);
    }
    return true;
  }
}
