using Microsoft.AspNetCore.Components.WebAssembly.Hosting;
using Upstride.Explorer;
using Upstride.Explorer.Services;

WebAssemblyHostBuilder builder = WebAssemblyHostBuilder.CreateDefault(args);
builder.RootComponents.Add<App>("#app");
builder.Services.AddScoped<Microsoft.AspNetCore.Components.WebAssembly.Services.LazyAssemblyLoader>();
builder.Services.AddScoped<LaterAssemblies>();
builder.Services.AddScoped<Host>();
builder.Services.AddScoped<PictureWorks>();
builder.Services.AddScoped<ModelWorks>();
builder.Services.AddScoped<Store>();
await builder.Build().RunAsync();
