using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Upstride.Imaging;
using Upstride.Models.Tests.Inference;

namespace Upstride.Models.Tests;

/// <summary>The sample of a web service, as a process: pictures, limits and back-pressure.</summary>
public sealed partial class WebServiceTests : IAsyncLifetime
{
    private Process _service = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        string program = Path.Combine(SharedData.Checkout, "artifacts", "bin", "WebService", "release", "WebService.dll");
        _service = Process.Start(new ProcessStartInfo("dotnet", [program, "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true,
            RedirectStandardError = true })!;
        string log = "";
        while (await _service.StandardOutput.ReadLineAsync() is { } line)
        {
            log += line + "\n";
            if (Address().Match(line) is not { Success: true } match) continue;
            _client = new() { BaseAddress = new(match.Value), Timeout = TimeSpan.FromMinutes(3) };
            _ = _service.StandardOutput.ReadToEndAsync();
            _ = _service.StandardError.ReadToEndAsync();
            return;
        }
        Assert.Fail($"the service did not start: {log}{await _service.StandardError.ReadToEndAsync()}");
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        _service.Kill();
        await _service.WaitForExitAsync();
        _service.Dispose();
    }

    [Fact]
    public async Task Pictures_come_back_larger_and_what_costs_too_much_is_refused()
    {
        byte[] file = ImageFile.Encode(PictureUpscalerTests.Noise(40, 30, 3, SampleType.UInt8, 1), ImageFileFormat.Png);
        foreach ((string query, ImageFileFormat format, int width) in new[] { ("", ImageFileFormat.Png, 80),
            ("?scale=1.5&format=webp", ImageFileFormat.WebP, 60), ("?scale=3&format=jpg", ImageFileFormat.Jpeg, 120) })
        {
            HttpResponseMessage response = await Post("/enlarge" + query, file);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            using ImageReader reader = ImageReader.Open(new MemoryStream(await response.Content.ReadAsByteArrayAsync()), "answer");
            Assert.Equal((format, width), (reader.FileFormat, reader.Format.Width));
        }
        Assert.Equal(HttpStatusCode.BadRequest, (await Post("/enlarge?scale=9", file)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post("/enlarge?format=exe", file)).StatusCode);
        HttpResponseMessage refused = await Post("/enlarge", "This is no picture."u8.ToArray());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains("the format is not one of PNG, JPEG", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // More pixels than it takes, in a few bytes; more bytes than it takes.
        byte[] large = ImageFile.Encode(new ImageBuffer(5001, 5000, 1), ImageFileFormat.Png);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Post("/enlarge", large)).StatusCode);
        try
        {
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Post("/enlarge", new byte[(32 << 20) + 1])).StatusCode);
        }
        catch (HttpRequestException)
        {
            // The service closes the connection before it has taken all.
        }
    }

    [Fact]
    public async Task More_than_it_can_do_at_once_are_told_to_come_back()
    {
        byte[] file = ImageFile.Encode(PictureUpscalerTests.Noise(300, 300, 3, SampleType.UInt8, 1), ImageFileFormat.Png);
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 12 * Environment.ProcessorCount).Select(
            _ => Post("/enlarge", file)));
        Assert.All(answers, static answer => Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable,
            $"{answer.StatusCode}"));
        Assert.Contains(answers, static answer => answer.StatusCode == HttpStatusCode.OK);
        HttpResponseMessage busy = Assert.IsType<HttpResponseMessage>(
            answers.FirstOrDefault(static answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable));
        Assert.Equal("5", busy.Headers.RetryAfter!.ToString());
    }

    private Task<HttpResponseMessage> Post(string path, byte[] body) => _client.PostAsync(path, new ByteArrayContent(body));

    [GeneratedRegex(@"http://127\.0\.0\.1:[0-9]+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Address();
}
