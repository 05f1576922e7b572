using System.Runtime.InteropServices;

namespace Upstride.Bench.Peers.OnnxRuntime;

/// <summary>A tensor as ONNX Runtime takes and gives it.</summary>
/// <param name="ElementType">ONNX's number of the element type.</param>
/// <param name="Shape">The lengths of the axes.</param>
/// <param name="Bytes">The elements, row-major, little-endian.</param>
internal sealed record OrtTensor(int ElementType, long[] Shape, byte[] Bytes);

/// <summary>A session over any model, its inputs and outputs by name.</summary>
internal sealed unsafe class OrtSession(OrtLibrary library, ReadOnlySpan<byte> model, int threads) : IDisposable
{
    private readonly nint session = library.CreateSession(model, threads);

    /// <summary>Runs the model.</summary>
    /// <param name="inputs">All of its inputs.</param>
    /// <param name="outputs">The names of what is wanted.</param>
    public OrtTensor[] Run(IReadOnlyList<(string Name, OrtTensor Tensor)> inputs, IReadOnlyList<string> outputs)
    {
        var pins = new List<GCHandle>();
        nint[] inputNames = [.. inputs.Select(i => Marshal.StringToCoTaskMemUTF8(i.Name))], outputNames = [.. outputs.Select(Marshal.StringToCoTaskMemUTF8)];
        var values = new nint[inputs.Count];
        var results = new nint[outputs.Count];
        try
        {
            for (var i = 0; i < values.Length; i++)
            {
                var (elementType, shape, bytes) = inputs[i].Tensor;
                pins.Add(GCHandle.Alloc(bytes, GCHandleType.Pinned));
                values[i] = library.CreateTensor((void*)pins[i].AddrOfPinnedObject(), bytes.Length, shape, elementType);
            }

            library.Run(session, inputNames, values, outputNames, results);
            return Array.ConvertAll(results, Copy);
        }
        finally
        {
            foreach (var value in values.Concat(results).Where(v => v != 0)) library.DestroyTensor(value);
            foreach (var pin in pins) pin.Free();
            foreach (var name in inputNames.Concat(outputNames)) Marshal.FreeCoTaskMem(name);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => library.DestroySession(session);

    /// <summary>Bytes of an element in memory; ONNX Runtime keeps them as a file does.</summary>
    public static int BytesOf(int elementType) => elementType switch
    {
        2 or 3 or 9 => 1,
        4 or 5 or 10 or 16 => 2,
        1 or 6 or 12 => 4,
        7 or 11 or 13 => 8,
        _ => throw new NotSupportedException($"ONNX element type {elementType}"),
    };

    private OrtTensor Copy(nint value)
    {
        var (elementType, shape, data) = library.Describe(value);
        var length = shape.Aggregate((long)BytesOf(elementType), (a, b) => a * b);
        return new(elementType, shape, new ReadOnlySpan<byte>((void*)data, checked((int)length)).ToArray());
    }
}
