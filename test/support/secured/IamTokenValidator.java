import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerExtensionsValidatorCallback;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/** A broker's side of AWS_MSK_IAM: computes the signature of the presigned URL anew. */
public final class IamTokenValidator implements AuthenticateCallbackHandler {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private Map<String, ?> options;

  @Override
  public void configure(
      Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
    options = entries.get(0).getOptions();
  }

  @Override
  public void close() {}

  @Override
  public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      if (callback instanceof OAuthBearerValidatorCallback validator) {
        validate(validator);
      } else if (callback instanceof OAuthBearerExtensionsValidatorCallback extensions) {
        extensions.inputExtensions().map().keySet().forEach(extensions::valid);
      } else {
        throw new UnsupportedCallbackException(callback);
      }
    }
  }

  private void validate(OAuthBearerValidatorCallback callback) {
    String text = callback.tokenValue();
    try {
      String url = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
      Instant expires = verify(url);
      callback.token(new Token(text, principal(url), expires.toEpochMilli()));
    } catch (Exception refused) {
      callback.error("invalid_token", null, null);
    }
  }

  private Instant verify(String url) throws Exception {
    String host = url.replaceAll("^https://([^/]+)/.*$", "$1");
    TreeMap<String, String> query = query(url);
    query.remove("User-Agent"); // Added after signing, as AWS's own signers do.
    String signature = query.remove("X-Amz-Signature");
    require("kafka-cluster:Connect".equals(decoded(query.get("Action"))));
    String[] scope = decoded(query.get("X-Amz-Credential")).split("/");
    require(scope[0].equals(options.get("accessKeyId")) && scope[3].equals("kafka-cluster"));
    require(host.equals("kafka." + scope[2] + ".amazonaws.com"));
    String time = query.get("X-Amz-Date");
    StringBuilder canonicalQuery = new StringBuilder();
    query.forEach((name, value) -> canonicalQuery.append('&').append(name).append('=').append(value));
    String request =
        "GET\n/\n" + canonicalQuery.substring(1) + "\nhost:" + host + "\n\nhost\n" + hex(sha256(""));
    String day = time.substring(0, 8);
    String toSign =
        String.join(
            "\n",
            "AWS4-HMAC-SHA256",
            time,
            day + "/" + scope[2] + "/kafka-cluster/aws4_request",
            hex(sha256(request)));
    byte[] key = ("AWS4" + options.get("secretAccessKey")).getBytes(StandardCharsets.UTF_8);
    for (String part : new String[] {day, scope[2], "kafka-cluster", "aws4_request", toSign}) {
      key = hmac(key, part);
    }
    require(hex(key).equals(signature));
    Instant expires =
        Instant.from(TIME.parse(time))
            .plus(Duration.ofSeconds(Long.parseLong(query.get("X-Amz-Expires"))));
    require(expires.isAfter(Instant.now()));
    return expires;
  }

  private static String principal(String url) {
    return decoded(query(url).get("X-Amz-Credential")).split("/")[0];
  }

  private static TreeMap<String, String> query(String url) {
    TreeMap<String, String> query = new TreeMap<>();
    for (String part : url.substring(url.indexOf('?') + 1).split("&")) {
      query.put(part.substring(0, part.indexOf('=')), part.substring(part.indexOf('=') + 1));
    }
    return query;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static void require(boolean holds) {
    if (!holds) throw new IllegalArgumentException("the token is not what was signed");
  }

  private static byte[] sha256(String text) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] hmac(byte[] key, String text) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private record Token(String value, String principalName, long lifetimeMs)
      implements OAuthBearerToken {
    @Override
    public Set<String> scope() {
      return Set.of();
    }

    @Override
    public Long startTimeMs() {
      return null;
    }
  }
}
