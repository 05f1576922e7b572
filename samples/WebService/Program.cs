using System.Collections.Concurrent;
using Microsoft.AspNetCore.RateLimiting;
using Upstride.Models.Inference;

// POST /enlarge?scale=2&format=webp with a picture as the body answers with the larger picture.
// What a request may cost is limited before any work is done for it: bytes, pixels, time, and how many are worked on at once.
const long MaxBytes = 32 << 20;
const long MaxPixels = 25_000_000;
const double MaxScale = 4;
int workers = Environment.ProcessorCount;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.ConfigureKestrel(static server => server.Limits.MaxRequestBodySize = MaxBytes);
builder.Services.AddRequestTimeouts(static options => options.DefaultPolicy =
    new() { Timeout = TimeSpan.FromMinutes(2), TimeoutStatusCode = StatusCodes.Status504GatewayTimeout });

// Back-pressure: as many pictures at once as there are processors, some more wait, and the rest are told to come back.
builder.Services.AddRateLimiter(limiter =>
{
    limiter.RejectionStatusCode = StatusCodes.Status503ServiceUnavailable;
    limiter.OnRejected = static (context, _) =>
    {
        context.HttpContext.Response.Headers.RetryAfter = "5";
        return ValueTask.CompletedTask;
    };
    limiter.AddConcurrencyLimiter("pictures", options => (options.PermitLimit, options.QueueLimit) = (workers, 2 * workers));
});

WebApplication app = builder.Build();
app.UseRateLimiter();
app.UseRequestTimeouts();

// Weights are read once for each scale; an upscaler serves any number of requests at once, each on one thread.
var upscalers = new ConcurrentDictionary<double, PictureUpscaler>();
var settings = new PictureSettings { Bands = new() { Threads = 1 } };

app.MapPost("/enlarge", async (HttpContext context, double scale = 2, string format = "png") =>
{
    if (scale is not (> 1 and <= MaxScale))
        return Results.Text($"1 < scale <= {MaxScale} must hold: {scale}", statusCode: StatusCodes.Status400BadRequest);
    if (format is not ("png" or "jpg" or "webp"))
        return Results.Text($"format must be png, jpg or webp: {format}", statusCode: StatusCodes.Status400BadRequest);
    ImageFileFormat fileFormat = ImageFile.FormatOf("picture." + format);

    // Scales of one decimal, so that nobody fills the memory with upscalers.
    PictureUpscaler upscaler = upscalers.GetOrAdd(Math.Round(scale, 1), factor => PictureUpscaler.ForScale(factor, settings));
    var files = new PictureStreamSettings { FileFormat = fileFormat,
        Reading = new() { MaxPixels = MaxPixels, MaxMetadataBytes = 1 << 20 } };
    try
    {
        // The body is taken as it comes, the picture is made on a thread of the pool, and then sent as the client takes it.
        context.Response.ContentType = format switch { "jpg" => "image/jpeg", "webp" => "image/webp", _ => "image/png" };
        await upscaler.UpscaleAsync(context.Request.Body, context.Response.Body, files, progress: null, context.RequestAborted);
        return Results.Empty;
    }
    catch (ImageFormatException fault)
    {
        return Results.Text(fault.Fault, statusCode: StatusCodes.Status422UnprocessableEntity);
    }
    catch (ArgumentException fault)
    {
        return Results.Text(fault.Message, statusCode: StatusCodes.Status422UnprocessableEntity);
    }
}).RequireRateLimiting("pictures");

app.Run();
