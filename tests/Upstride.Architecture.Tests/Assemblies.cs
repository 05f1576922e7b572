using System.Xml.Linq;
using Mono.Cecil;

namespace Upstride.Architecture.Tests;

/// <summary>The product's projects and what was built of them.</summary>
internal static class Assemblies
{
    /// <summary>The folder of the sources.</summary>
    public static string Sources { get; } = Path.Combine(SharedData.Checkout, "src");

    /// <summary>Every project beneath src: its name, its assembly's name, and whether it is a library.</summary>
    public static IReadOnlyList<(string Project, string Assembly, bool IsLibrary)> All { get; } =
        [.. Directory.GetDirectories(Sources).SelectMany(static folder => Directory.GetFiles(folder, "*.csproj")).Order(StringComparer.Ordinal).Select(Describe)];

    public static ModuleDefinition Read(string assembly) =>
        ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));

    private static (string, string, bool) Describe(string path)
    {
        XElement project = XElement.Load(path);
        string name = Path.GetFileNameWithoutExtension(path);
        return (name, project.Descendants("AssemblyName").FirstOrDefault()?.Value ?? name, !project.Descendants("OutputType").Any(static type => type.Value == "Exe"));
    }
}
