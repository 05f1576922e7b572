using System.Text.Json;
using Upstride.Files;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>Algorithms that are measured, and commands that follow them.</summary>
public sealed class TuneCommandTests : IDisposable
{
    private const string Heading = "upstride tuning 1\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Problems_of_a_file_are_measured_once_each_and_kept_beside_others()
    {
        System.IO.File.WriteAllText(File("lines.txt"), """
            some words of the command
            forward run n1 ci2 co3 g1 i4x5 k4x4 s2x2 d1x1 c1+1x1+1 # 0.1 ms, Single, 1 thread, phases
            forward again n1 ci2 co3 i4x5 k4x4 s2x2 p1x1
            convolution run n1 ci3 co2 i8x8 k3x3 p1x1
            """);
        JsonElement json = Tool.Run("tune", File("lines.txt"), "--threads", "1", "-o", File("a.tuning"), "--json").Json();
        Assert.Equal(2, json.GetProperty("count").GetInt32());
        Assert.Equal(2, json.GetProperty("measured").GetArrayLength());
        string[] lines = System.IO.File.ReadAllLines(File("a.tuning"));
        Assert.Equal(3, lines.Length);
        Assert.Contains(lines, static line => line.StartsWith("forward v", StringComparison.Ordinal)
            && line.Contains(" float n1 ci2 co3 g1 i4x5 k4x4 s2x2 d1x1 c1+1x1+1 : ", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("input-gradient v", StringComparison.Ordinal));

        System.IO.File.WriteAllText(File("more.txt"), "weight-gradient run n1 ci2 co3 i4x5 k4x4 s2x2 p1x1\n");
        string told = Tool.Run("tune", File("more.txt"), "--add-to", File("a.tuning"), "-o", File("b.tuning")).Text();
        Assert.Contains("weight-gradient v", told, StringComparison.Ordinal);
        Assert.Contains("3 problems in", told, StringComparison.Ordinal);
        Assert.Equal(4, System.IO.File.ReadAllLines(File("b.tuning")).Length);
    }

    [Fact]
    public void An_operator_follows_it_only_where_it_is_given()
    {
        string[] line = Operator();
        string chosen = Tool.Run(line).Json().GetProperty("algorithm").GetString()!;
        Assert.NotEqual("column", chosen);
        System.IO.File.WriteAllText(File("a.tuning"), Heading + string.Concat(((int[])[0, 1, 128, 256, 512]).Select(static bits =>
            $"forward v{bits} float n1 ci2 co3 g1 i4x5 k4x4 s2x2 d1x1 c1+1x1+1 : column\n")));
        Assert.Equal("column", Tool.Run([.. line, "--tuning", File("a.tuning")]).Json().GetProperty("algorithm").GetString());
        Assert.Equal("scatter",
            Tool.Run([.. line, "--tuning", File("a.tuning"), "--algorithm", "scatter"]).Json().GetProperty("algorithm").GetString());
        Assert.Equal(chosen, Tool.Run(line).Json().GetProperty("algorithm").GetString());
    }

    [Theory]
    [InlineData("", "line 1: it is ''")]
    [InlineData("PK\u0003\u0004", "line 1: it is 'PK??'")]
    [InlineData(Heading + "forward v256 float n1 ci2 co3 i4x5 k4x4 : rm", "line 2: algorithm 'rm' is not one of winograd")]
    public void What_is_no_tuning_is_refused(string text, string fault)
    {
        System.IO.File.WriteAllText(File("bad.tuning"), text);
        ToolResult result = Tool.Run([.. Operator(), "--tuning", File("bad.tuning")]);
        Assert.Equal(2, result.Code);
        Assert.Contains("is not a usable tuning", result.Error + result.Output, StringComparison.Ordinal);
        Assert.Contains(fault, result.Error + result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_problems_and_sizes_that_are_not_legal_are_refused()
    {
        System.IO.File.WriteAllText(File("lines.txt"), "nothing\n");
        ToolResult none = Tool.Run("tune", File("lines.txt"), "-o", File("a.tuning"));
        Assert.Equal(2, none.Code);
        Assert.Contains("holds no problem", none.Error, StringComparison.Ordinal);
        System.IO.File.WriteAllText(File("lines.txt"), "forward run n1 ci2 co3 i4 k0\n");
        Assert.Equal(2, Tool.Run("tune", File("lines.txt"), "-o", File("a.tuning")).Code);
        Assert.False(System.IO.File.Exists(File("a.tuning")));
    }

    private string[] Operator()
    {
        NpyFile.Write(File("x.npy"), new([1, 2, 4, 5], new float[40]));
        NpyFile.Write(File("w.npy"), new([2, 3, 4, 4], new float[96]));
        return ["apply", "conv-transpose2d", "--input", File("x.npy"), "--weight", File("w.npy"), "--stride", "2", "--padding", "1", "-o",
            File("y.npy"), "--json"];
    }

    private string File(string name) => _folder.File(name);
}
