using Upstride.Onnx;

namespace Upstride.Bench.Networks;

/// <summary>Random inputs of the sizes that a model declares.</summary>
internal static class FileInputs
{
    // Of an axis that the file leaves open, but for the batch: what networks that halve five times take.
    private const int OpenLength = 256;

    /// <summary>Random inputs in [0, 1), the same in every process.</summary>
    public static Dictionary<string, OnnxTensor> Of(OnnxModel model)
    {
        var random = new Random(1);
        return model.Inputs.ToDictionary(static input => input.Name, input =>
        {
            nint[] shape = [.. input.Dimensions!.Value.Select(static (dimension, axis) =>
                (nint)(dimension.Length ?? (axis == 0 ? 1 : OpenLength)))];
            var count = (int)shape.Aggregate((nint)1, static (product, length) => product * length);
            return input.ElementType switch
            {
                OnnxElementType.Float32 => OnnxTensor.Create([.. Enumerable.Range(0, count).Select(_ => random.NextSingle())], shape),
                var type => OnnxTensor.Create<long>(type, [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(2))], shape),
            };
        }, StringComparer.Ordinal);
    }
}
