// Starts maskinporten-mock for a test suite, steers it, and stops it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Starts the program: $MASKINPORTEN_MOCK, or maskinporten-mock on the PATH. */
export async function startMock(...args) {
  const program = process.env.MASKINPORTEN_MOCK ?? 'maskinporten-mock';
  // Its standard input ends with this process, even if that is killed and never comes to stop().
  const child = spawn(program, ['-listen', '127.0.0.1:0', '-stop-with-stdin', ...args], { stdio: 'pipe' });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-10_000)));
  const ended = once(child, 'close').then(([code]) => ({ code, log }), (error) => {
    const how = 'go build -o bin/ ./cmd/maskinporten-mock, then set MASKINPORTEN_MOCK to bin/maskinporten-mock';
    throw new Error(`${program} can't be started (${error.code}): ${how}`, { cause: error });
  });
  const line = once(createInterface(child.stdout), 'line');
  const first = await Promise.race([line, ended]);
  if (!Array.isArray(first)) throw new Error(`${program} did not start:\n${first.log}`);
  return new Mock(child, ended, JSON.parse(first[0]));
}

class Mock {
  constructor(child, ended, ready) {
    Object.assign(this, { child, ended, ready });
  }

  /** The addresses of an environment: issuer, token_endpoint, jwks_uri, api. */
  environment(name = 'test') {
    return this.ready.environments[name];
  }

  /** An admin client of the default world: provider, consumer, supplier, … */
  credentials(role, environment = 'test') {
    const found = this.ready.credentials.find((c) => c.role === role && c.environment === environment);
    if (!found) throw new Error(`the mock has no ${role} in ${environment}`);
    return { issuer: this.environment(environment).issuer, clientId: found.client_id, jwk: found.jwk };
  }

  /** A call of the control API, such as control('POST', 'clock', { advance: '8761h' }). */
  async control(method, call, json) {
    const response = await fetch(this.ready.control + call, { method, body: json && JSON.stringify(json) });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${call}: ${answer.error}`);
    return answer;
  }

  /** The requests since the last reset, without those that steered the mock. */
  async requests() {
    return (await this.control('GET', 'requests')).filter((r) => !r.path.startsWith('/_mock/'));
  }

  /** Ends the program, and returns its exit code and the end of its log. */
  async stop() {
    this.child.kill('SIGTERM');
    return this.ended;
  }
}
