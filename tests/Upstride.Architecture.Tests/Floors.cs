namespace Upstride.Architecture.Tests;

/// <summary>
/// Which namespace may use which: a floor uses itself and the floors beneath it. Parts of one floor do not know each other.
/// </summary>
internal sealed class Floors(string root, params string[][] floors)
{
    /// <summary>Upstride's floors, the lowest first.</summary>
    public static Floors Upstride { get; } = new(
        "Upstride",
        // What stands in the root namespace is found by all: queries over arrays.
        [""],
        ["Geometry", "Kernels", "Files", "Threading"],
        ["Algorithms"],
        ["Operators"],
        ["Learning", "Explain"],
        ["Onnx", "Imaging"],
        ["Models"],
        ["Cli", "Explorer"]);

    /// <summary>The part of the house that a namespace belongs to, null outside the house.</summary>
    public string? PartOf(string space) =>
        space == root ? ""
        : space.StartsWith(root + ".", StringComparison.Ordinal) ? space[(root.Length + 1)..].Split('.')[0]
        : null;

    public bool Knows(string part) => LevelOf(part) >= 0;

    public bool MayUse(string user, string used) => user == used || LevelOf(used) < LevelOf(user);

    private int LevelOf(string part) => Array.FindIndex(floors, floor => floor.Contains(part));
}
