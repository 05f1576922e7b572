namespace Upstride.Onnx.Tests;

/// <summary>Inputs for tests.</summary>
internal static class Values
{
    /// <summary>Numbers of a fixed seed in [-1, 1).</summary>
    public static OnnxTensor Random(int seed, params nint[] shape)
    {
        var random = new Random(seed);
        var elements = new float[(int)shape.Aggregate((nint)1, static (product, length) => product * length)];
        foreach (ref float element in elements.AsSpan()) element = (random.NextSingle() * 2) - 1;
        return OnnxTensor.Create(elements, shape);
    }

    public static OnnxTensor Run(OnnxSession session, params (string Name, OnnxTensor Tensor)[] inputs) =>
        session.Run(Named(inputs))[session.Outputs[0].Name];

    public static Dictionary<string, OnnxTensor> Named(params (string Name, OnnxTensor Tensor)[] inputs) =>
        inputs.ToDictionary(static input => input.Name, static input => input.Tensor, StringComparer.Ordinal);
}
