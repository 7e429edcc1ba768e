/** For calls in the middle of an invocation, maybe on a connection that died while it was frozen. */
export const withinInvocation = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
};
