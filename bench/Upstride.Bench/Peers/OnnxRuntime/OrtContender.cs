using Microsoft.ML.OnnxRuntime;
using Upstride.Bench.Measuring;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Peers.OnnxRuntime;

/// <summary>
/// ONNX Runtime's ConvTranspose; Conv for the convolution and for the input's gradient, which is the convolution with
/// the same weight. It has no operator for the weight's gradient.
/// </summary>
internal sealed class OrtContender(Clock clock) : IContender
{
    /// <inheritdoc/>
    public string Name => "ort";

    /// <inheritdoc/>
    public IRunnable? TryCreate(Workload workload, out string? refusal)
    {
        refusal = null;
        if (workload.Operation is Operation.WeightGradient)
        {
            refusal = "ONNX has no operator for the weight's gradient";
            return null;
        }

        try
        {
            return new OrtRunnable(workload, clock);
        }
        catch (OnnxRuntimeException e)
        {
            refusal = e.Message;
            return null;
        }
    }
}
