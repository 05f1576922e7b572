using System.Text.RegularExpressions;

namespace Upstride.Architecture.Tests;

public partial class NamespaceTests
{
    [Fact]
    public void A_namespace_is_its_folder()
    {
        var faults = new List<string>();
        int files = 0;
        foreach ((string project, _, _) in Assemblies.All)
        {
            string root = Path.Combine(Assemblies.Sources, project);
            foreach (string file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                string[] folders = Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar)[..^1];
                if (folders is ["bin" or "obj", ..]) continue;
                files++;
                string expected = string.Join('.', [project, .. folders]);
                string[] declared = [.. Declaration().Matches(File.ReadAllText(file)).Select(static match => match.Groups["name"].Value)];

                // A program's statements and the attributes of a whole module stand in no namespace.
                if (Path.GetFileName(file) is "Program.cs" or "Module.cs" && declared is []) continue;
                if (declared is not [var one] || one != expected)
                    faults.Add($"{Path.GetRelativePath(SharedData.Checkout, file)} declares {(declared is [] ? "no namespace" : string.Join(", ", declared))}, and stands in the folder of {expected}");
            }
        }
        Assert.Empty(faults);
        Assert.True(files > 10, $"only {files} source files were found under {Assemblies.Sources}");
    }

    [GeneratedRegex(@"^\s*namespace\s+(?<name>[\w.]+)\s*[;{]?\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Declaration();
}
