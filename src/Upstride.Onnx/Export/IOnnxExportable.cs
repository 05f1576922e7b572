using System.Numerics;
using Upstride.Learning;

namespace Upstride.Onnx.Export;

/// <summary>
/// A <see cref="Module{T}"/> of one's own that <see cref="OnnxExport"/> can write: it says in the graph's words what its
/// <see cref="Module{T}.Forward"/> says in <see cref="Functions"/>.
/// </summary>
public interface IOnnxExportable<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Adds to the graph what the module computes in use.</summary>
    /// <param name="graph">The graph under construction.</param>
    /// <param name="input">What the module is given.</param>
    /// <returns>What it gives.</returns>
    ExportValue Export(ExportGraph<T> graph, ExportValue input);
}
