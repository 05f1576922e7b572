using Upstride.Algorithms;
using Upstride.Files;
using Upstride.Imaging;
using Upstride.Learning.Saving;
using Upstride.Onnx;

namespace Upstride.Architecture.Tests.PublicCalls;

/// <summary>What public members say they throw: not what the runtime throws where a check was forgotten.</summary>
internal static class DocumentedExceptions
{
    public static bool Contains(Exception exception) => exception
        is ArgumentException or InvalidOperationException or NotSupportedException or ObjectDisposedException or OperationCanceledException
        or FormatException or InvalidDataException or IOException or UnauthorizedAccessException or OnnxFormatException
        or ImageFormatException or NpyFormatException or SafetensorsException or TuningFormatException
        || exception.GetType() == typeof(ArithmeticException);
}
