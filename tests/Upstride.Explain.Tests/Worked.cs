using Upstride.Explain.Computing;
using Upstride.Explain.Scenes;
using Upstride.Geometry;

namespace Upstride.Explain.Tests;

/// <summary>The worked example: x and w are 1 to 9, kernel 3, stride 2, padding 1, output padding 1.</summary>
internal static class Worked
{
    public static HyperParameters Parameters { get; } =
        new() { Input = new[] { 3, 3 }, Kernel = 3, Stride = 2, Padding = 1, OutputPadding = 1 };

    public static SceneSource Source(int[]? at, ValueSource? values = null) => new(
        Computation.Of(Problem.Create(Parameters, Framework.PyTorch, values ?? ValueSource.Index, ValueSource.Index)), 0, at is null
            ? null : [.. at]);
}
