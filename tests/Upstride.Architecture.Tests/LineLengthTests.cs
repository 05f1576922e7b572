using Upstride.Testing;

namespace Upstride.Architecture.Tests;

public class LineLengthTests
{
    // As .editorconfig says it: what a reader sees without scrolling.
    private const int MaxLength = 140;

    // Straight-line register code, a row of the tile a line, which is the clear form there.
    private static readonly string[] _tables =
        ["GemmTile.Bodies.cs", "WinogradKernels.Bodies.cs", "DotTile.cs", "Interleaving.DeinterleavingBodies.cs"];

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
                if (_tables.Contains(Path.GetFileName(file)) || name.Split(Path.DirectorySeparatorChar).Any(static one => one is "obj" or "bin"))
                    continue;
                files++;
                int number = 0;
                foreach (string line in File.ReadLines(file))
                {
                    number++;
                    if (line.Length > MaxLength) faults.Add($"{name}:{number} has {line.Length} characters");
                }
            }
        }
        Assert.Empty(faults);
        Assert.True(files > 100, $"only {files} source files were found under {SharedData.Checkout}");
    }
}
