// Required into jsii's Node process by provider_loader.py.
//
// A provider package's lib/index.js requires each of its 2,000 modules. The same package ships
// lib/lazy-index.js with the same exports, which requires a module when it is first used.
'use strict';
const fs = require('fs');
const Module = require('module');

const PROVIDER = /^@(?:cdktf|cdktn)\/provider-[\w-]+$/;
const INDEX = /([\\/]lib[\\/])index\.js$/;
const resolveFilename = Module._resolveFilename;

Module._resolveFilename = function (request, ...rest) {
  const file = resolveFilename.call(this, request, ...rest);
  if (!PROVIDER.test(request) || !INDEX.test(file)) return file;
  const lazy = file.replace(INDEX, '$1lazy-index.js');
  return fs.existsSync(lazy) ? lazy : file;
};
