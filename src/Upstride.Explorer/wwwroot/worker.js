// A thread of its own for what takes long: a second runtime out of the page's own files, which computes and draws nothing.
// The runtime takes a worker for one of its own threads unless it is told that it is not.
globalThis.dotnetSidecar = true;
const started = start();

addEventListener('message', async e => {
  const [turn, name, ...args] = e.data;
  try {
    const work = await started;
    if (name) await work[name](...args);
    const made = name ? work.Take(turn) : new Uint8Array();
    if (name !== 'Cancel') postMessage({ turn, made }, [made.buffer]);
  } catch (fault) { postMessage({ turn, fault: String(fault?.message ?? fault) }); }
});

async function start() {
  const { dotnet } = await import('./_framework/dotnet.js');
  const runtime = await dotnet.withModuleConfig({ onConfigLoaded: wanted }).create();
  runtime.setModuleImports('worker.js', {
    progress: (turn, done) => {
      postMessage({ turn, done });
      return new Promise(on => setTimeout(on, 0));
    },
  });
  return (await runtime.getAssemblyExports('Upstride.Explorer')).Upstride.Explorer.Services.WorkerExports;
}

// What the page loads later is needed at once here, as far as this kind of work needs it.
function wanted(config) {
  const later = config.resources.lazyAssembly ?? [], needed = self.name === 'models'
    ? ['Upstride.Learning', 'Upstride.Onnx', 'Google.Protobuf', 'System.IO.Hashing'] : ['Upstride.Learning', 'Upstride.Imaging', 'Upstride.Models'];
  config.resources.assembly.push(...later.filter(one => needed.some(name => one.name.startsWith(name + '.'))));
}
