using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Upstride.Cli.Commands.Explore;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

public sealed class ExploreCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();

    public ExploreCommandTests()
    {
        Directory.CreateDirectory(_folder.File("site/_framework"));
        File.WriteAllText(_folder.File("site/index.html"), "<h1>first</h1>");
        File.WriteAllText(_folder.File("site/_framework/a.wasm"), "code");
        File.WriteAllText(_folder.File("site/_framework/a.wasm.br"), "small");
        File.WriteAllText(_folder.File("secret.txt"), "not of the site");
    }

    [Fact]
    public async Task The_command_prints_its_address_serves_and_ends_when_it_is_cancelled()
    {
        using var output = new StringWriter();
        Task<int> command = Task.Run(() => CommandLineApplication.Run(
            ["explore", "--no-browser", "--site", _folder.File("site")], output, TextWriter.Null, _stop.Token),
                TestContext.Current.CancellationToken);
        string address;
        while (!(address = output.ToString().Trim()).EndsWith('/'))
            await Task.Delay(10, TestContext.Current.CancellationToken);
        using var client = new HttpClient();
        Assert.Equal("<h1>first</h1>", await client.GetStringAsync(new Uri(address), TestContext.Current.CancellationToken));
        await _stop.CancelAsync();
        Assert.Equal(ExitCode.Done, await command);
        await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetStringAsync(new Uri(address), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_folder_without_a_site_and_a_port_that_is_taken_are_refused()
    {
        ToolResult missing = Tool.Run("explore", "--no-browser", "--site", _folder.File("nowhere"));
        Assert.Equal(ExitCode.BadInput, missing.Code);
        Assert.Contains("there is no site at", missing.Error, StringComparison.Ordinal);
        using SiteServer first = SiteServer.Start(_folder.File("site"));
        ToolResult taken = Tool.Run("explore", "--no-browser", "--site", _folder.File("site"), "--port", $"{first.Port}");
        Assert.Equal(ExitCode.BadInput, taken.Code);
        Assert.Contains($"port {first.Port} of 127.0.0.1 cannot be used", taken.Error, StringComparison.Ordinal);
        Assert.Contains("--port: 70000", Tool.Run("explore", "--port", "70000").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_answer_allows_nothing_from_elsewhere_and_compressed_files_are_told_as_such()
    {
        using SiteServer server = Serve();
        string answer = Ask(server, "GET / HTTP/1.1", $"127.0.0.1:{server.Port}");
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains($"Content-Security-Policy: {SiteServer.Policy}", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("X-Content-Type-Options: nosniff", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Content-Type: text/html; charset=utf-8", answer, StringComparison.OrdinalIgnoreCase);
        string small = Ask(server, "GET /_framework/a.wasm HTTP/1.1", $"localhost:{server.Port}", "Accept-Encoding: gzip, br");
        Assert.Contains("Content-Encoding: br", small, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("small", small, StringComparison.Ordinal);
        Assert.EndsWith("code", Ask(server, "GET /_framework/a.wasm HTTP/1.1", $"localhost:{server.Port}"), StringComparison.Ordinal);
        string head = Ask(server, "HEAD /_framework/a.wasm HTTP/1.1", $"localhost:{server.Port}");
        Assert.Contains("Content-Length: 4", head, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("\r\n\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_has_a_file_is_told_that_it_is_the_same_until_it_changes()
    {
        using SiteServer server = Serve();
        string TagOf(string answer) => answer.Split("\r\n")
            .First(static line => line.StartsWith("ETag: ", StringComparison.OrdinalIgnoreCase))[6..];
        string host = $"127.0.0.1:{server.Port}", plain = TagOf(Ask(server, "GET /_framework/a.wasm HTTP/1.1", host)),
            small = TagOf(Ask(server, "GET /_framework/a.wasm HTTP/1.1", host, "Accept-Encoding: br"));
        Assert.NotEqual(plain, small);
        string same = Ask(server, "GET /_framework/a.wasm HTTP/1.1", host, "If-None-Match: " + plain);
        Assert.StartsWith("HTTP/1.1 304", same, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", same, StringComparison.Ordinal);
        Assert.EndsWith("small", Ask(server, "GET /_framework/a.wasm HTTP/1.1", host, "Accept-Encoding: br", "If-None-Match: " + plain),
            StringComparison.Ordinal);
        File.WriteAllText(_folder.File("site/_framework/a.wasm"), "other code");
        Assert.EndsWith("other code", Ask(server, "GET /_framework/a.wasm HTTP/1.1", host, "If-None-Match: " + plain),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip, br", true)]
    [InlineData("br;q=0.5", true)]
    [InlineData("gzip, br;q=0", false)]
    [InlineData("gzip, zbr", false)]
    public void A_file_that_is_there_as_Brotli_alone_is_unpacked_for_who_does_not_take_it(string accepts, bool packed)
    {
        byte[] page = Encoding.UTF8.GetBytes(new string('a', 5000));
        byte[] small = new byte[5000];
        Assert.True(BrotliEncoder.TryCompress(page, small, out int length));
        File.Delete(_folder.File("site/index.html"));
        File.WriteAllBytes(_folder.File("site/index.html.br"), small[..length]);
        using SiteServer server = Serve();
        string answer = Ask(server, "GET / HTTP/1.1", $"127.0.0.1:{server.Port}", "Accept-Encoding: " + accepts);
        Assert.Equal(packed, answer.Contains("Content-Encoding: br", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(!packed, answer.EndsWith(new string('a', 5000), StringComparison.Ordinal));
        Assert.Contains($"Content-Length: {(packed ? length : 5000)}\r\n", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Content-Type: text/html", answer, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith(new string('a', 5000), Ask(server, "GET /index.html HTTP/1.1", $"127.0.0.1:{server.Port}"),
            StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", Ask(server, "HEAD / HTTP/1.1", $"127.0.0.1:{server.Port}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /../secret.txt HTTP/1.1")]
    [InlineData("GET /%2e%2e/secret.txt HTTP/1.1")]
    [InlineData("GET /..%2fsecret.txt HTTP/1.1")]
    [InlineData("GET /_framework/..%5c..%5c..%5csecret.txt HTTP/1.1")]
    [InlineData("GET //etc/passwd HTTP/1.1")]
    [InlineData("GET /_framework HTTP/1.1")]
    [InlineData("GET /missing.js HTTP/1.1")]
    public void Nothing_but_the_site_is_served(string request)
    {
        using SiteServer server = Serve();
        string answer = Ask(server, request, $"127.0.0.1:{server.Port}");
        Assert.DoesNotContain("not of the site", answer, StringComparison.Ordinal);
        Assert.Contains(answer[..12], (string[])["HTTP/1.1 404", "HTTP/1.1 400"]);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:1")]
    public void Another_host_name_is_not_answered(string host)
    {
        using SiteServer server = Serve();
        Assert.DoesNotContain("first", Ask(server, "GET / HTTP/1.1", host), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_but_reading_is_allowed()
    {
        using SiteServer server = Serve();
        Assert.StartsWith("HTTP/1.1 405", Ask(server, "POST / HTTP/1.1", $"127.0.0.1:{server.Port}", "Content-Length: 0"),
            StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _folder.Dispose();
    }

    private SiteServer Serve()
    {
        SiteServer server = SiteServer.Start(_folder.File("site"));
        _ = server.RunAsync(_stop.Token);
        return server;
    }

    // By hand, since a client would mend the path before it asks.
    private static string Ask(SiteServer server, string request, string host, params string[] headers)
    {
        using var client = new TcpClient();
        client.Connect(IPAddress.Loopback, server.Port);
        using NetworkStream stream = client.GetStream();
        string text = string.Join("\r\n", [request, $"Host: {host}", "Connection: close", .. headers, "", ""]);
        stream.Write(Encoding.ASCII.GetBytes(text));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
