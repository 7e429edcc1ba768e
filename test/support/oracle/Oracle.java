import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Writes to and reads from Kafka clusters with Apache Kafka's own clients, so that Mirrorless is
 * never judged by its own code. One JSON command per line of standard input; the answer is any
 * number of lines with `part` and one with `result` or `error`, all carrying the command's `id`.
 * Commands run side by side. The process ends when standard input does.
 */
public final class Oracle {
  interface Command {
    void run(JsonNode request, Answer answer) throws Exception;
  }

  interface Writer {
    void write(JsonGenerator json) throws IOException;
  }

  private static final Map<String, Command> COMMANDS = Map.ofEntries(
      Map.entry("createTopic", Topics::create),
      Map.entry("deleteTopic", Topics::delete),
      Map.entry("addPartitions", Topics::addPartitions),
      Map.entry("alterConfigs", Topics::alterConfigs),
      Map.entry("deleteRecords", Topics::deleteRecords),
      Map.entry("describe", Topics::describe),
      Map.entry("compact", Compaction::compact),
      Map.entry("produce", Producing::produce),
      Map.entry("endTransaction", Producing::endTransaction),
      Map.entry("load", Producing::load),
      Map.entry("dump", Dumping::dump),
      Map.entry("joinGroup", Groups::join),
      Map.entry("leaveGroup", Groups::leave),
      Map.entry("commitOffsets", Groups::commit),
      Map.entry("committedOffsets", Groups::committed),
      Map.entry("deleteGroup", Groups::delete),
      Map.entry("readGroup", Reading::read),
      Map.entry("describeMirror", Mirror::describe),
      Map.entry("mirrorOffsetsOf", Mirror::offsetsOf),
      Map.entry("mirrorOffsetsMatching", Mirror::offsetsMatching),
      Map.entry("readOffsetSyncs", Mirror::readOffsetSyncs),
      Map.entry("translateThrough", Mirror::translateThrough),
      Map.entry("decodeBatches", Batches::decode),
      Map.entry("encodeBatch", Batches::encode));

  static final ObjectMapper MAPPER = new ObjectMapper();
  // Escaped, because readers of lines differ about what ends one (U+2028, for example).
  private static final JsonFactory JSON =
      MAPPER.getFactory().enable(JsonGenerator.Feature.ESCAPE_NON_ASCII);
  private static final OutputStream OUT = System.out;

  public static void main(String[] arguments) throws IOException {
    ExecutorService threads = Executors.newCachedThreadPool();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonNode request = MAPPER.readTree(line);
      threads.submit(() -> answer(request));
    }
    // Not waiting for open transactions or running commands: whoever asked is gone.
    Runtime.getRuntime().halt(0);
  }

  private static void answer(JsonNode request) {
    Answer answer = new Answer(request.get("id").asLong());
    try {
      COMMANDS.get(request.get("command").asText()).run(request, answer);
      answer.line("result", JsonGenerator::writeNull);
    } catch (Throwable error) {
      Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
      answer.line("error", json -> json.writeString(cause.toString()));
    }
  }

  /** The lines that answer one command. */
  static final class Answer {
    private final long id;

    Answer(long id) {
      this.id = id;
    }

    void part(Writer writer) {
      line("part", writer);
    }

    private void line(String field, Writer writer) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (JsonGenerator json = JSON.createGenerator(bytes)) {
        json.writeStartObject();
        json.writeNumberField("id", id);
        json.writeFieldName(field);
        writer.write(json);
        json.writeEndObject();
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
      bytes.write('\n');
      synchronized (OUT) {
        try {
          bytes.writeTo(OUT);
          OUT.flush();
        } catch (IOException error) {
          Runtime.getRuntime().halt(1);
        }
      }
    }
  }
}
