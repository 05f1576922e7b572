using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using Upstride.Imaging;
using Upstride.Testing;

namespace Upstride.Publish.Tests;

/// <summary>The sample of a web service compiled ahead of time: pictures of the common formats are taken, enlarged and answered.</summary>
[Collection(Publishing.OneAfterAnother)]
public sealed class WebServiceTests
{
    [Fact]
    public async Task The_web_service_runs_compiled_ahead_of_time()
    {
        Publishing.SkipUnlessAsked();
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        (int code, string output) = Publishing.Run(
            "dotnet",
            ["publish", Path.Combine(SharedData.Checkout, "samples", "WebService"), "-c", "Release",
                "-r", RuntimeInformation.RuntimeIdentifier, "-p:RunAnalyzers=false", "-p:NuGetAudit=false",
                "--artifacts-path", Path.Combine(SharedData.Checkout, "artifacts", "native"), "-o", folder.Path, "--nologo", "-v", "quiet"],
            null);
        Assert.True(code == 0, output);
        Assert.DoesNotContain("warning", output, StringComparison.OrdinalIgnoreCase);
        using Process service = Process.Start(new ProcessStartInfo(folder.File("WebService"), ["--urls", "http://127.0.0.1:0"])
            { RedirectStandardOutput = true })!;
        try
        {
            const string listening = "Now listening on: ";
            string? line;
            do line = await service.StandardOutput.ReadLineAsync(cancellation);
            while (line is not null && !line.Contains(listening, StringComparison.Ordinal));
            Assert.NotNull(line);
            _ = service.StandardOutput.ReadToEndAsync(cancellation);
            string address = line[(line.IndexOf(listening, StringComparison.Ordinal) + listening.Length)..];
            using var client = new HttpClient { BaseAddress = new(address) };
            ImageBuffer picture = ImageFile.Read(
                Path.Combine(SharedData.Checkout, "samples", "scene-small.png"), cancellationToken: cancellation);
            foreach (ImageFileFormat format in (ImageFileFormat[])[ImageFileFormat.Png, ImageFileFormat.Jpeg, ImageFileFormat.WebP,
                ImageFileFormat.Bmp, ImageFileFormat.Tiff])
            {
                using var body = new ByteArrayContent(ImageFile.Encode(picture, format));
                using HttpResponseMessage answer = await client.PostAsync(
                    new Uri("/enlarge?scale=2", UriKind.Relative), body, cancellation);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                ImageBuffer larger = ImageFile.Decode(
                    await answer.Content.ReadAsByteArrayAsync(cancellation), cancellationToken: cancellation);
                Assert.Equal((2 * picture.Width, 2 * picture.Height), (larger.Width, larger.Height));
            }
            using var nothing = new ByteArrayContent([1, 2, 3]);
            using HttpResponseMessage refused = await client.PostAsync(new Uri("/enlarge", UriKind.Relative), nothing, cancellation);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        }
        finally
        {
            service.Kill();
        }
    }
}
