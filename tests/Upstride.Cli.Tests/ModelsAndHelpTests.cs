using System.Text.Json;
using Upstride.Models.Upscaling;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

public sealed class ModelsAndHelpTests
{
    [Fact]
    public void Every_network_is_listed_with_its_PSNR()
    {
        JsonElement[] networks = [.. Tool.RunLine("models --json").Json().GetProperty("networks").EnumerateArray()];
        Assert.Equal(ShippedNetwork.All.Length, networks.Length);
        foreach (JsonElement network in networks) Assert.Equal(JsonValueKind.Number, network.GetProperty("psnr").ValueKind);
        Assert.All(Tool.RunLine("models --scale 3 --json").Json().GetProperty("networks").EnumerateArray(), static network =>
            Assert.Equal(3, network.GetProperty("scale").GetInt32()));
        Assert.Contains("FSRCNN", Tool.RunLine("models").Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fast", 2, "clean")]
    [InlineData("fast", 3, "clean")]
    [InlineData("balanced", 2, "clean")]
    public void The_PSNR_is_what_evaluate_measures(string quality, int scale, string kind)
    {
        double listed = Tool.RunLine("models --json").Json().GetProperty("networks").EnumerateArray().Single(network =>
            (network.GetProperty("quality").GetString(), network.GetProperty("scale").GetInt32(), network.GetProperty("for").GetString())
            == (quality, scale, kind)).GetProperty("psnr").GetDouble();
        double measured = Tool.Run("evaluate", "--images", SharedData.Path("images", "set5"), "--method", quality, "--scale", $"{scale}",
            "--json").Json().GetProperty("mean").GetProperty("psnr").GetDouble();
        Assert.Equal(listed, measured, 2);
    }

    [Fact]
    public void Help_of_a_command_by_its_name()
    {
        Assert.Equal(Tool.RunLine("apply resize --help").Text(), Tool.RunLine("help apply resize").Text());
        Assert.Equal(Tool.RunLine("--help").Text(), Tool.RunLine("help").Text());
        ToolResult none = Tool.RunLine("help frobnicate");
        Assert.Equal(2, none.Code);
        Assert.Contains("there is no command 'frobnicate'", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_manual_page_has_every_command()
    {
        string page = Tool.RunLine("help --man").Text();
        Assert.StartsWith(".TH UPSTRIDE 1", page, StringComparison.Ordinal);
        foreach (string command in (string[])["upstride upscale <picture>", "upstride apply resize", "upstride models", "upstride help"])
            Assert.Contains($".SS {command.Replace("-", "\\-", StringComparison.Ordinal)}", page, StringComparison.Ordinal);
        Assert.DoesNotContain(page.Split('\n'), static line => line.StartsWith('\''));
    }
}
