// Required into jsii's Node process by provider_loader.py; TERRATIERS_NODE names what it changes.
// See docs/internals/start-up.md.
'use strict';
const childProcess = require('child_process');
const { EventEmitter } = require('events');
const fs = require('fs');
const Module = require('module');
const { PassThrough, Writable } = require('stream');

const wanted = new Set((process.env.TERRATIERS_NODE || '').split(','));
if (wanted.has('lazy-provider')) resolveLazyIndex();
if (wanted.has('lazy-traces')) formatTracesOnDemand();
if (wanted.has('one-process')) runProgramHere();

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
      const capture = this.exports.captureStackTrace;
      this.exports.captureStackTrace = (below) => lazyTrace(capture, below);
    }
    return result;
  };
}

function lazyTrace(capture, below) {
  const noted = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Number.MAX_SAFE_INTEGER;
  // V8 keeps the frames and makes text of them at the first read of `stack`
  Error.captureStackTrace(noted, below || lazyTrace);
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
    setImmediate(() => require(program));
    return Object.assign(new EventEmitter(), {
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      stdio: [null, null, null, new PassThrough()],
      kill: () => false,
    });
  };
}

function usePipesAsSocket() {
  const SOCKET = 3;
  const { readSync, writeSync } = fs;
  fs.readSync = (fd, ...rest) => readSync(fd === SOCKET ? 0 : fd, ...rest);
  fs.writeSync = (fd, ...rest) => writeSync(fd === SOCKET ? 1 : fd, ...rest);
}

function wrapped(name) {
  return new Writable({
    write(chunk, _encoding, done) {
      fs.writeSync(2, `${JSON.stringify({ [name]: chunk.toString('base64') })}\n`);
      done();
    },
  });
}
