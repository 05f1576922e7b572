using Upstride.Onnx;
using Upstride.Testing;

namespace Upstride.Documentation.Tests;

/// <summary>The table of docs/tiling.md is how the shared models take a picture. With UPSTRIDE_APPROVE=1 that of now is written.</summary>
public class DocumentedVerdictTests
{
    private const int Height = 1088, Width = 1920;
    private const string First = "| model | takes | a picture of 1088x1920 goes through | memory |", Rule = "|---|---|---|---|";

    [Fact]
    public void The_table_of_verdicts_is_what_the_library_says()
    {
        string models = SharedData.Path("models"), path = Path.Combine(SharedData.Checkout, "docs", "tiling.md");
        string[] rows = [First, Rule, .. Directory.GetFiles(models, "*.onnx", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Select(file => RowOf(models, file))];
        string[] lines = File.ReadAllLines(path);
        int start = Array.IndexOf(lines, First), count = lines.Skip(start).TakeWhile(static line => line.StartsWith('|')).Count();
        Assert.True(start >= 0, $"{path} has no line '{First}'");
        if (Environment.GetEnvironmentVariable("UPSTRIDE_APPROVE") == "1")
            File.WriteAllLines(path, [.. lines[..start], .. rows, .. lines[(start + count)..]]);
        else
            Assert.Equal(rows.Select(WithoutMemory), lines.Skip(start).Take(count).Select(WithoutMemory));
    }

    private static string RowOf(string folder, string file)
    {
        string name = Path.GetRelativePath(folder, file).Replace('\\', '/');
        OnnxModel model = OnnxModel.Load(file);
        string takes = string.Join("; ", model.Inputs.Select(static input =>
            input.Dimensions is { } lengths ? string.Join('x', lengths) : "any shape"));
        try
        {
            var pictures = new OnnxPictureModel(model, new()
            {
                Channels = model.Inputs[0].Dimensions is [_, { Length: null }, _, _] ? 3 : null,
                Session = new() { Compute = new() { Threads = 2 } },
            });
            using OnnxPicturePlan plan = pictures.Plan(Height, Width);
            string verdict = plan.Mode switch
            {
                OnnxPictureMode.Tiled => $"tiled, to {plan.OutputHeight}x{plan.OutputWidth}",
                OnnxPictureMode.Whole => $"whole, to {plan.OutputHeight}x{plan.OutputWidth}: {plan.Reason}",
                _ => $"refused: {plan.Reason}",
            };
            return $"| {name} | {takes} | {verdict.Replace('|', '/')} | {(plan.Bytes > 0 ? $"{plan.Bytes / 1_000_000} MB" : "")} |";
        }
        catch (ArgumentException fault)
        {
            return $"| {name} | {takes} | is no model of a picture: {fault.Message.Split(" (Parameter", 2)[0]} | |";
        }
    }

    // Which vectors a machine has decides on the memory.
    private static string WithoutMemory(string row) => row[..row.LastIndexOf('|', row.Length - 2)];
}
