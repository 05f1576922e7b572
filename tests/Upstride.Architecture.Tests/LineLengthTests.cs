using Upstride.Testing;

namespace Upstride.Architecture.Tests;

public class LineLengthTests
{
    // As .editorconfig says it: what a reader sees without scrolling.
    private const int MaxLength = 140;

    // Straight-line register code, a row of the tile a line, which is the clear form there; and the code of the documents, as it is there.
    private static readonly string[] _tables =
        ["GemmTile.Bodies.cs", "WinogradKernels.Bodies.cs", "DotTile.cs", "Interleaving.DeinterleavingBodies.cs", "DocumentedCode.cs"];

    [Fact]
    public void A_line_has_at_most_140_characters()
    {
        var faults = new List<string>();
        int files = 0;
        foreach (string folder in (string[])["src", "tests", "bench", "samples"])
        {
            string root = Path.Combine(SharedData.Checkout, folder);
            foreach (string file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                string name = Path.GetRelativePath(SharedData.Checkout, file);
                if (_tables.Contains(Path.GetFileName(file))
                    || name.Split(Path.DirectorySeparatorChar).Any(static one => one is "obj" or "bin"))
                    continue;
                files++;
                int number = 0;
                bool isInText = false;
                foreach (string line in File.ReadLines(file))
                {
                    number++;
                    if (line.Length > MaxLength && !isInText && !IsText(line)) faults.Add($"{name}:{number} has {line.Length} characters");
                    if (line.Split("\"\"\"").Length % 2 == 0) isInText = !isInText;
                }
            }
        }
        Assert.Empty(faults);
        Assert.True(files > 100, $"only {files} source files were found under {SharedData.Checkout}");

        // A text or a reference that cannot be broken has a line of its own.
        static bool IsText(string line) =>
            line.TrimStart() is ['"', ..] or ['$', '"', ..] or ['+', ' ', '"', ..] or ['+', ' ', '$', '"', ..]
            || line.Contains("\"\"\"", StringComparison.Ordinal)
            || line.TrimStart().StartsWith("/// <inheritdoc", StringComparison.Ordinal);
    }
}
