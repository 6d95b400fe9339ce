// Required into jsii's Node process by provider_loader.py; TERRATIERS_NODE names what it changes.
// See docs/internals/start-up.md.
'use strict';
const childProcess = require('child_process');
const { EventEmitter } = require('events');
const fs = require('fs');
const Module = require('module');
const { PassThrough, Writable } = require('stream');

const wanted = new Set((process.env.TERRATIERS_NODE || '').split(/[ ,]/));
if (wanted.has('code-cache')) require('./code_cache.js');
if (wanted.has('lazy-provider')) resolveLazyIndex();
if (wanted.has('lazy-traces')) formatTracesOnDemand();
if (wanted.has('late-archiver')) requireArchiverLate();
if (wanted.has('one-process')) runProgramHere();
if (wanted.has('built-index')) exitAfterWorkers();

// A provider package's lib/index.js requires each of its 2,000 modules. The same package ships
// lib/lazy-index.js with the same exports, which requires a module when it is first used.
function resolveLazyIndex() {
  const PROVIDER = /^@(?:cdktf|cdktn)\/provider-[\w-]+$/;
  const INDEX = /([\\/]lib[\\/])index\.js$/;
  const resolveFilename = Module._resolveFilename;

  Module._resolveFilename = function (request, ...rest) {
    const file = resolveFilename.call(this, request, ...rest);
    if (!PROVIDER.test(request) || !INDEX.test(file)) return file;
    const lazy = file.replace(INDEX, '$1lazy-index.js');
    return fs.existsSync(lazy) ? lazy : file;
  };
}

// cdktf notes for each token where it was made, and writes that out as text at once. Only error
// messages show it: the text is made when one is.
function formatTracesOnDemand() {
  const TRACES = /[\\/]node_modules[\\/]cdktf[\\/]lib[\\/]tokens[\\/]private[\\/]stack-trace\.js$/;
  const compile = Module.prototype._compile;

  Module.prototype._compile = function (content, filename, ...rest) {
    const result = compile.call(this, content, filename, ...rest);
    if (TRACES.test(filename)) {
      Module.prototype._compile = compile;
      const captureStackTrace = (below) => lazyTrace(below || captureStackTrace);
      this.exports.captureStackTrace = captureStackTrace;
    }
    return result;
  };
}

// cdktf requires archiver, and with it some eighty modules, for assets that are to be zipped.
function requireArchiverLate() {
  const USER = /[\\/]node_modules[\\/]cdktf[\\/]lib[\\/]private[\\/]fs\.js$/;
  const { require } = Module.prototype;

  Module.prototype.require = function (id) {
    if (id !== 'archiver' || !USER.test(this.filename)) return require.call(this, id);
    let archiver;
    const load = () => (archiver ??= require.call(this, id));
    return new Proxy(function late() {}, {
      apply: (_, self, args) => Reflect.apply(load(), self, args),
      get: (_, name) => load()[name],
    });
  };
}

function lazyTrace(below) {
  const noted = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Number.MAX_SAFE_INTEGER;
  // V8 keeps the frames and makes text of them at the first read of `stack`
  Error.captureStackTrace(noted, below);
  Error.stackTraceLimit = limit;
  let lines;
  const read = () =>
    (lines ??= noted.stack
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^\s*at\s+/, '')));
  return new Proxy([], {
    get: (_, key) => Reflect.get(read(), key),
    has: (_, key) => Reflect.has(read(), key),
    ownKeys: () => Reflect.ownKeys(read()),
    getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(read(), key),
  });
}

// jsii starts a process whose only work is to start another, the kernel, and to hand each message
// over. Here the kernel runs in the first one: it finds the pipes where it expects its socket, and
// what it prints is wrapped as the first process would.
function runProgramHere() {
  const { spawn } = childProcess;
  childProcess.spawn = function (command, args, options) {
    childProcess.spawn = spawn;
    const program = args?.at(-1) ?? '';
    const expected =
      command === process.execPath &&
      /[\\/]lib[\\/]program\.js$/.test(program) &&
      args.includes('--preserve-symlinks') &&
      JSON.stringify(options?.stdio) === '["ignore","pipe","pipe","pipe"]' &&
      process.platform !== 'win32' &&
      !process.env.JSII_DEBUG;
    if (!expected) return spawn.apply(this, arguments);

    usePipesAsSocket();
    const streams = { stdin: new PassThrough(), stdout: wrapped('stdout'), stderr: wrapped('stderr') };
    for (const [name, stream] of Object.entries(streams)) {
      Object.defineProperty(process, name, { value: stream, configurable: true });
    }
    console._stdout = streams.stdout;
    console._stderr = streams.stderr;
    process.execArgv.push('--preserve-symlinks'); // tells the kernel that it may link packages
    setImmediate(() => {
      // the first process would hand these on; here they end the kernel, as they would there
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
        process.removeAllListeners(signal);
      }
      require(program);
    });
    return Object.assign(new EventEmitter(), {
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      stdio: [null, null, null, new PassThrough()],
      kill: () => false,
    });
  };
}

// Whoever else reads or writes the standard streams by their numbers gets what is there for him.
function usePipesAsSocket() {
  const SOCKET = 3;
  const { readSync, writeSync } = fs;
  fs.readSync = (fd, ...rest) => {
    if (fd === 0) return 0;
    return readSync(fd === SOCKET ? 0 : fd, ...rest);
  };
  fs.writeSync = (fd, data, ...rest) => {
    if (fd !== 1) return writeSync(fd === SOCKET ? 1 : fd, data, ...rest);
    process.stdout.write(data);
    return Buffer.byteLength(data);
  };
}

function wrapped(name) {
  const { writeSync } = fs;
  return new Writable({
    write(chunk, _encoding, done) {
      const line = Buffer.from(`${JSON.stringify({ [name]: chunk.toString('base64') })}\n`);
      try {
        for (let written = 0; written < line.length; ) written += writeSome(writeSync, line, written);
        done();
      } catch (fault) {
        done(fault);
      }
    },
  });
}

// The pipe does not block, once Node itself has written to it: then there may be no room for now.
function writeSome(writeSync, line, from) {
  try {
    return writeSync(2, line, from);
  } catch (fault) {
    if (fault.code !== 'EAGAIN') throw fault;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    return 0;
  }
}

// The kernel builds the index of a large assembly in a worker thread, which would end with it.
function exitAfterWorkers() {
  const workers = require('worker_threads');
  const { exit } = process;
  const running = new Set();
  let failed = false;
  workers.Worker = class extends workers.Worker {
    constructor(...options) {
      super(...options);
      running.add(this);
      this.on('message', (message) => (failed ||= Boolean(message?.error)));
      this.once('exit', () => running.delete(this));
    }
  };
  process.exit = (code) => {
    if (running.size === 0) exit.call(process, code || (failed ? 1 : 0));
    for (const worker of running) worker.once('exit', () => process.exit(code));
  };
}
