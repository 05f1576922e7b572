using Upstride.Algorithms;
using Upstride.Onnx.Compilation;

namespace Upstride.Onnx.Operators.Control;

/// <summary>The graphs within a node, made ready; they end together.</summary>
internal sealed class OwnedExecutables : IDisposable
{
    private readonly List<Executable> _executables = [];

    /// <summary>Makes a graph ready; where that fails, what was made before ends.</summary>
    public Executable Add(Graph graph, ComputeSettings settings, OnnxLimits limits)
    {
        try
        {
            var executable = new Executable(graph, settings, limits);
            _executables.Add(executable);
            return executable;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (Executable executable in _executables) executable.Dispose();
        _executables.Clear();
    }
}
