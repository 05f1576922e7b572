using Microsoft.ML.OnnxRuntime;

namespace Upstride.Onnx.Tests.Runtime;

/// <summary>ONNX Runtime as an oracle: it shares no code with what it judges.</summary>
internal static class OnnxRuntime
{
    /// <summary>Runs a model once.</summary>
    public static Dictionary<string, OnnxTensor> Run(
        byte[] model, IReadOnlyDictionary<string, OnnxTensor> inputs, params IReadOnlyCollection<string> outputs)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        using var session = new InferenceSession(model, options);
        using var run = new RunOptions();
        OrtValue[] values = [.. inputs.Values.Select(FromOurs)];
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, [.. inputs.Keys], values, outputs);
            return outputs.Zip(results).ToDictionary(static one => one.First, static one => ToOurs(one.Second), StringComparer.Ordinal);
        }
        finally
        {
            foreach (OrtValue value in values) value.Dispose();
        }
    }

    private static OrtValue FromOurs(OnnxTensor tensor)
    {
        long[] shape = [.. tensor.Shape.Select(static length => (long)length)];
        return tensor.ElementType switch
        {
            OnnxElementType.Float32 => OrtValue.CreateTensorValueFromMemory(tensor.Floats.ToArray(), shape),
            OnnxElementType.Int64 => OrtValue.CreateTensorValueFromMemory(tensor.Integers.ToArray(), shape),
            OnnxElementType.UInt8 =>
                OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(tensor.Integers.ToArray(), static value => (byte)value), shape),
            OnnxElementType.Int8 =>
                OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(tensor.Integers.ToArray(), static value => (sbyte)value), shape),
            OnnxElementType.Int32 =>
                OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(tensor.Integers.ToArray(), static value => (int)value), shape),
            OnnxElementType.Boolean => OrtValue.CreateTensorValueFromMemory(tensor.Booleans.ToArray(), shape),
            var other => throw new NotSupportedException($"inputs of {other}"),
        };
    }

    private static OnnxTensor ToOurs(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        nint[] shape = [.. info.Shape.Select(static length => (nint)length)];

        // Both number the element types as the specification does.
        var type = (OnnxElementType)info.ElementDataType;
        return type switch
        {
            OnnxElementType.Float32 => OnnxTensor.Create(value.GetTensorDataAsSpan<float>(), shape),
            OnnxElementType.Int64 => OnnxTensor.Create(value.GetTensorDataAsSpan<long>(), shape),
            OnnxElementType.UInt8 =>
                OnnxTensor.Create<long>(
                    type, Array.ConvertAll(value.GetTensorDataAsSpan<byte>().ToArray(), static one => (long)one), shape),
            OnnxElementType.Int8 =>
                OnnxTensor.Create<long>(
                    type, Array.ConvertAll(value.GetTensorDataAsSpan<sbyte>().ToArray(), static one => (long)one), shape),
            OnnxElementType.Int32 =>
                OnnxTensor.Create<long>(
                    type, Array.ConvertAll(value.GetTensorDataAsSpan<int>().ToArray(), static one => (long)one), shape),
            OnnxElementType.Boolean => OnnxTensor.Create(value.GetTensorDataAsSpan<bool>(), shape),
            _ => throw new NotSupportedException($"outputs of {type}"),
        };
    }
}
