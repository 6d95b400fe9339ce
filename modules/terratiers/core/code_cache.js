// Keeps what V8 compiled of the JavaScript that jsii's kernel loads, for the next program.
// Required by provider_loader.js. See docs/internals/start-up.md.
//
// One file, a pack, holds the code of all modules: a start opens one file and reads from it what it
// needs. Whatever is not as expected there is ignored, and Node compiles as ever.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const Module = require('module');
const os = require('os');
const path = require('path');
const v8 = require('v8');
const vm = require('vm');
const { isMainThread } = require('worker_threads');

// provider_loader.js changes what these two do with the file numbers of jsii's pipes
const { readSync, writeSync } = fs;

const MOST_BYTES = 64 * 1024 * 1024; // of a pack; what main.py loads takes 13 MB
// Bytes of source up to which a program's code is kept: main.py loads 14 MB, all of a provider is 210.
// That would fill the pack, and push everything else out of it, at each end.
const MOST_SOURCE = 48 * 1024 * 1024;
const MOST_FILES = 4; // in the folder: a pack for each version of Node, and what a killed one left
// A pack is for one V8 with one set of flags, on one kind of processor.
const MADE_BY = [1, process.version, process.versions.v8, process.platform, process.arch];
MADE_BY.push(v8.cachedDataVersionTag());
// The V8 of Node 20 names a module in errors as it was named when it was compiled: jsii's temporary
// folder has another name each time.
const KEEPS_NAME = Number.parseInt(process.versions.v8, 10) < 12;
const IS_TRIED = Number.parseInt(process.versions.v8, 10) >= 11; // Node 20 and later
// Where Node answers import(), which it cannot do for code of ours.
const IMPORTS = /\bimport\s*[(/]/;
// With these Node does more with a module than to compile and run it.
const OWN_WAYS = /^--(?:inspect|debug|enable-source-maps|experimental-policy)/;

const INSTALLED = path.join(os.tmpdir(), 'jsii-kernel-');
// started is bin/jsii-runtime.js beside it, or the kernel itself
const KERNEL = path.join(path.dirname(process.argv[1] || ''), '..', 'lib', 'program.js');

const folders = ['terratiers', 'terratiers/code'].map((name) => path.join(cacheHome(), name));
const [, folder] = folders;
const file = path.join(folder, `${hash(JSON.stringify(MADE_BY)).slice(0, 32)}.pack`);
const IN_PACKAGE = /^(.*?[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/](.*)$/;
const UNPACKED = /[\\/][0-9a-f]{64}$/;
const unpacked = new Map(); // where a package really is, if it is named so, by where Node sees it
// What this process ran: the script and its file's name, by key.
const found = new Map(); // ready in the pack
const missed = new Map(); // compiled
let sourceBytes = 0; // of all that it loaded
let pack; // opened when the first module is asked for

if (isUsable()) install();

function cacheHome() {
  const chosen = process.env.XDG_CACHE_HOME || '';
  if (path.isAbsolute(chosen)) return chosen;
  return path.join(home(), process.platform === 'darwin' ? 'Library/Caches' : '.cache');
}

function home() {
  try {
    return os.homedir();
  } catch {
    return '/nowhere';
  }
}

function hash(content) {
  if (crypto.hash) return crypto.hash('sha256', content); // faster
  return crypto.createHash('sha256').update(content).digest('hex');
}

function isUsable() {
  const options = [...process.execArgv, ...(process.env.NODE_OPTIONS || '').split(/\s+/)];
  return (
    isMainThread &&
    IS_TRIED &&
    process.getuid !== undefined &&
    !process.env.NODE_V8_COVERAGE &&
    !options.some((option) => OWN_WAYS.test(option))
  );
}

function install() {
  const compile = Module.prototype._compile;

  Module.prototype._compile = function (content, filename, format) {
    const isScript = format === undefined || format === 'commonjs';
    const isKept = isScript && isCovered(filename) && !IMPORTS.test(content);
    const run = isKept ? compiled(content, filename) : null;
    if (run === null) return compile.apply(this, arguments);
    const given = [this.exports, requireFor(this), this, filename, path.dirname(filename)];
    return Reflect.apply(run, this.exports, given);
  };
  process.on('exit', (code) => {
    if (code === 0 && missed.size > 0 && sourceBytes <= MOST_SOURCE) save();
  });
}

// The kernel, and the packages that it unpacks or links into its temporary folder.
function isCovered(filename) {
  if (KEEPS_NAME && !/^[ -~]*$/.test(filename)) return false;
  if (!filename.startsWith(INSTALLED)) return filename === KERNEL;
  return /^[^\\/]+[\\/]node_modules[\\/]/.test(filename.slice(INSTALLED.length));
}

// The function that Node wraps a module in, or null: then Node compiles, and tells what is wrong.
function compiled(content, filename) {
  try {
    // V8 itself only compares the length of the source
    const source = sourceOf(filename) ?? hash(content);
    const key = KEEPS_NAME ? `${source}:${filename.length}` : source;
    sourceBytes += content.length;
    pack ??= openPack();
    const cachedData = codeFor(key, filename);
    const script = new vm.Script(Module.wrap(content), {
      filename,
      columnOffset: -Module.wrapper[0].length,
      cachedData,
    });
    const run = script.runInThisContext();
    const isReady = cachedData !== undefined && !script.cachedDataRejected;
    (isReady ? found : missed).set(key, { script, filename });
    return run;
  } catch {
    return null;
  }
}

// Which file of which package it is, for packages that jsii unpacked once into a folder that is named
// after their checksum: their modules need none of their own.
function sourceOf(filename) {
  const [root, within] = filename.match(IN_PACKAGE)?.slice(1) ?? [];
  if (root === undefined) return undefined;
  if (!unpacked.has(root)) {
    const real = fs.realpathSync(root);
    unpacked.set(root, UNPACKED.test(real) ? real : undefined);
  }
  if (unpacked.get(root) === undefined) return undefined;
  const { size, mtimeMs } = fs.statSync(filename);
  return `${unpacked.get(root)}:${within}:${size}:${mtimeMs}`;
}

// As Node makes it: https://nodejs.org/api/modules.html#requireid
function requireFor(module) {
  const require = function require(id) {
    return module.require(id);
  };
  require.resolve = function resolve(request, options) {
    return Module._resolveFilename(request, module, false, options);
  };
  require.resolve.paths = function paths(request) {
    return Module._resolveLookupPaths(request, module);
  };
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}

// A pack: a line with the index's checksum and length, the index, and the code of each entry.
// An entry of the index is [key, where it begins, its length, where its name is, its checksum].
function openPack() {
  const none = { fd: -1, entries: new Map() };
  let fd = -1;
  try {
    if (!folders.every(isPrivate)) return none;
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const about = fs.fstatSync(fd);
    if (about.isFile() && isOurs(about, 0o077)) {
      const entries = readIndex(fd, about.size);
      if (entries) return { fd, entries };
    }
  } catch {
    // there is none, or none that can be read
  }
  if (fd !== -1) fs.closeSync(fd);
  return none;
}

// Others may read the folder above, which other caches of ours share, and write to neither.
function isPrivate(name) {
  const about = fs.lstatSync(name);
  return about.isDirectory() && isOurs(about, name === folder ? 0o077 : 0o022);
}

// One by one: Node's `recursive` never returns where nothing can be made, below /proc for one.
function make(name) {
  try {
    fs.mkdirSync(name, 0o700);
  } catch (fault) {
    if (fault.code !== 'EEXIST') throw fault;
  }
}

function makePrivate(name) {
  make(name);
  return isPrivate(name);
}

function isOurs(about, denied) {
  return about.uid === process.getuid() && (about.mode & denied) === 0;
}

function readIndex(fd, size) {
  const head = readAt(fd, 0, 80).toString('latin1');
  const [checksum, length] = head.split('\n', 1)[0].split(' ');
  const start = checksum.length + 1 + length.length + 1;
  const index = readAt(fd, start, Math.min(length, size));
  if (hash(index) !== checksum) return null;
  const { madeBy, entries } = JSON.parse(index);
  if (JSON.stringify(madeBy) !== JSON.stringify(MADE_BY)) return null;
  const dataStart = start + index.length;
  return new Map(entries.map(([key, at, ...rest]) => [key, [dataStart + at, ...rest]]));
}

// Fewer bytes where the file ends.
function readAt(fd, at, length) {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  for (let some = 1; some > 0 && done < length; done += some) {
    some = readSync(fd, bytes, done, length - done, at + done);
  }
  return bytes.subarray(0, done);
}

function codeIn(there, key) {
  if (!there.entries.has(key)) return undefined;
  const [at, length, , checksum] = there.entries.get(key);
  const code = readAt(there.fd, at, length);
  return hash(code) === checksum ? code : undefined;
}

function codeFor(key, filename) {
  const code = codeIn(pack, key);
  if (code && KEEPS_NAME) code.write(filename, pack.entries.get(key)[2], 'latin1');
  return code;
}

// Nothing that goes wrong here matters: the next program compiles as ever.
function save() {
  const beside = `${file}.${process.pid}.${crypto.randomBytes(8).toString('hex')}`;
  try {
    make(path.dirname(folders[0]));
    if (folders.every(makePrivate) && write(beside)) {
      fs.renameSync(beside, file);
      dropOldFiles();
    }
  } catch {
    // a full disk, say
  }
  try {
    fs.rmSync(beside, { force: true });
  } catch {
    // it is not there
  }
}

// Says whether there was anything to write: a new module may find no room.
function write(name) {
  const fd = fs.openSync(name, 'wx', 0o600);
  try {
    const kept = entriesToKeep();
    if (!kept.some(([key]) => missed.has(key))) return false;
    const entries = [];
    let at = 0;
    for (const [key, nameAt, code] of kept) {
      entries.push([key, at, code.length, nameAt, hash(code)]);
      at += code.length;
    }
    const index = Buffer.from(JSON.stringify({ madeBy: MADE_BY, entries }));
    const head = Buffer.from(`${hash(index)} ${index.length}\n`);
    const bytes = Buffer.concat([head, index, ...kept.map(([, , code]) => code)]);
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    return true;
  } finally {
    fs.closeSync(fd);
  }
}

// What this process used comes first. What others added meanwhile, or used before, stays while
// there is room. All code is made anew: now it has the functions that were compiled in between.
function entriesToKeep() {
  const kept = [];
  let room = MOST_BYTES;
  const keep = (key, nameAt, code) => {
    if (code.length > room) return;
    room -= code.length;
    kept.push([key, nameAt, code]);
  };
  for (const [key, { script, filename }] of new Map([...found, ...missed])) {
    const code = script.createCachedData();
    const nameAt = KEEPS_NAME ? code.indexOf(filename, 'latin1') : 0;
    // a name that stands elsewhere too could not be changed
    if (!KEEPS_NAME || (nameAt > 0 && code.lastIndexOf(filename, undefined, 'latin1') === nameAt)) {
      keep(key, nameAt, code);
    }
  }
  const there = openPack();
  for (const [key, [, , nameAt]] of there.entries) {
    const code = found.has(key) || missed.has(key) ? undefined : codeIn(there, key);
    if (code) keep(key, nameAt, code);
  }
  return kept;
}

function dropOldFiles() {
  const age = (name) => fs.lstatSync(name).mtimeMs;
  const names = fs.readdirSync(folder).map((name) => path.join(folder, name));
  names.sort((one, other) => age(other) - age(one));
  for (const name of names.slice(MOST_FILES)) fs.unlinkSync(name);
}
