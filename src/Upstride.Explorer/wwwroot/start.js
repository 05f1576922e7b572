// Times are not told here: without this the runtime asks the browser for its zone, which loads its tables of languages. The files are
// the page's own and are asked for anew at every visit, so that their hashes need not be computed from every byte.
Blazor.start({ configureRuntime: dotnet => dotnet.withEnvironmentVariable('TZ', 'UTC').withConfig({ disableIntegrityCheck: true }) });
