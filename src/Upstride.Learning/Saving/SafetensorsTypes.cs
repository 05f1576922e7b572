namespace Upstride.Learning.Saving;

/// <summary>What is to know about each element type.</summary>
internal static class SafetensorsTypes
{
    // Each name is the enumeration's own.
    private static readonly Dictionary<string, SafetensorsType> _byName =
        Enum.GetValues<SafetensorsType>().ToDictionary(static type => type.ToString(), StringComparer.Ordinal);

    /// <summary>The names of all types, for messages.</summary>
    public static string Names => string.Join(", ", _byName.Keys);

    public static bool TryParse(string name, out SafetensorsType type) => _byName.TryGetValue(name, out type);

    /// <summary>The bytes of one element.</summary>
    public static int Size(this SafetensorsType type) => type switch
    {
        SafetensorsType.BOOL or SafetensorsType.U8 or SafetensorsType.I8 => 1,
        SafetensorsType.U16 or SafetensorsType.I16 or SafetensorsType.F16 or SafetensorsType.BF16 => 2,
        SafetensorsType.U32 or SafetensorsType.I32 or SafetensorsType.F32 => 4,
        _ => 8,
    };

    public static bool IsFloatingPoint(this SafetensorsType type) =>
        type is SafetensorsType.F16 or SafetensorsType.BF16 or SafetensorsType.F32 or SafetensorsType.F64;

    /// <summary>The type that stores <typeparamref name="T"/> bit for bit.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public static SafetensorsType Of<T>() =>
        typeof(T) == typeof(float) ? SafetensorsType.F32
        : typeof(T) == typeof(double) ? SafetensorsType.F64
        : typeof(T) == typeof(Half) ? SafetensorsType.F16
        : typeof(T) == typeof(byte) ? SafetensorsType.U8
        : typeof(T) == typeof(sbyte) ? SafetensorsType.I8
        : typeof(T) == typeof(ushort) ? SafetensorsType.U16
        : typeof(T) == typeof(short) ? SafetensorsType.I16
        : typeof(T) == typeof(uint) ? SafetensorsType.U32
        : typeof(T) == typeof(int) ? SafetensorsType.I32
        : typeof(T) == typeof(ulong) ? SafetensorsType.U64
        : typeof(T) == typeof(long) ? SafetensorsType.I64
        : throw new NotSupportedException(
        $"{typeof(T).Name} is no element type of safetensors: use float, double, Half or an integer of 8 to 64 bits");
}
