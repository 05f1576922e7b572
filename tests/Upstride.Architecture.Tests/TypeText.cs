using Mono.Cecil;

namespace Upstride.Architecture.Tests;

/// <summary>Writes a type as C# does, with its nullability and the names of its tuples' elements.</summary>
internal sealed class TypeText
{
    private const string Nullability = "System.Runtime.CompilerServices.NullableAttribute";
    private const string NullabilityContext = "System.Runtime.CompilerServices.NullableContextAttribute";
    private const string TupleNames = "System.Runtime.CompilerServices.TupleElementNamesAttribute";

    private static readonly Dictionary<string, string> Keywords = new(StringComparer.Ordinal)
    {
        ["System.Void"] = "void", ["System.Boolean"] = "bool", ["System.Byte"] = "byte", ["System.SByte"] = "sbyte", ["System.Char"] = "char",
        ["System.Int16"] = "short", ["System.UInt16"] = "ushort", ["System.Int32"] = "int", ["System.UInt32"] = "uint", ["System.Int64"] = "long",
        ["System.UInt64"] = "ulong", ["System.IntPtr"] = "nint", ["System.UIntPtr"] = "nuint", ["System.Single"] = "float", ["System.Double"] = "double",
        ["System.Decimal"] = "decimal", ["System.String"] = "string", ["System.Object"] = "object",
    };

    private readonly Queue<byte> _flags;
    private readonly byte _context;
    private readonly Queue<string?> _names;

    private TypeText(ICustomAttributeProvider? provider, byte context)
    {
        CustomAttribute? flags = Find(provider, Nullability);
        _context = flags?.ConstructorArguments[0].Value is byte one ? one : context;
        _flags = new(flags?.ConstructorArguments[0].Value is CustomAttributeArgument[] many ? many.Select(static flag => (byte)flag.Value) : []);
        _names = new(Find(provider, TupleNames)?.ConstructorArguments[0].Value is CustomAttributeArgument[] names ? names.Select(static name => (string?)name.Value) : []);
    }

    /// <summary>The text of <paramref name="type"/>, whose attributes stand on <paramref name="provider"/>, inside <paramref name="member"/>.</summary>
    public static string Of(TypeReference type, ICustomAttributeProvider? provider, IMemberDefinition member) =>
        new TypeText(provider, Context(member)).Write(type);

    public static CustomAttribute? Find(ICustomAttributeProvider? provider, string name) =>
        provider?.CustomAttributes.FirstOrDefault(attribute => attribute.AttributeType.FullName == name);

    private static byte Context(IMemberDefinition? member) =>
        member is null ? (byte)0
        : Find((ICustomAttributeProvider)member, NullabilityContext)?.ConstructorArguments[0].Value is byte own ? own
        : Context(member.DeclaringType);

    private string Write(TypeReference type)
    {
        switch (type)
        {
            case ByReferenceType reference: return Write(reference.ElementType);
            case PointerType pointer: return Write(pointer.ElementType) + "*";
            case IModifierType modifier: return Write(modifier.ElementType);
            case ArrayType array:
                string suffix = Mark();
                return $"{Write(array.ElementType)}[{new string(',', array.Rank - 1)}]{suffix}";
            case GenericParameter parameter: return parameter.Name + Mark();
            case FunctionPointerType function: return $"delegate*<{string.Join(", ", function.Parameters.Select(one => Write(one.ParameterType)).Append(Write(function.ReturnType)))}>";
            case GenericInstanceType generic: return Write(generic);
            default: return Name(type) + (type.IsValueType || type.IsPrimitive || type.FullName == "System.Void" ? "" : Mark());
        }
    }

    private string Write(GenericInstanceType generic)
    {
        string mark = Mark();
        if (generic.ElementType.FullName == "System.Nullable`1") return Write(generic.GenericArguments[0]) + "?";
        if (generic.ElementType.FullName.StartsWith("System.ValueTuple`", StringComparison.Ordinal))
        {
            string?[] names = [.. generic.GenericArguments.Select(_ => _names.TryDequeue(out string? name) ? name : null)];
            return $"({string.Join(", ", generic.GenericArguments.Select((argument, index) => Write(argument) + (names[index] is { } name ? " " + name : "")))})";
        }
        string[] arguments = [.. generic.GenericArguments.Select(Write)];
        return $"{Name(generic.ElementType)}<{string.Join(", ", arguments)}>{(generic.IsValueType ? "" : mark)}";
    }

    private string Mark() => (_flags.TryDequeue(out byte flag) ? flag : _context) == 2 ? "?" : "";

    private static string Name(TypeReference type)
    {
        string name = Keywords.GetValueOrDefault(type.FullName) ?? type.Name.Split('`')[0];
        return type.DeclaringType is null ? name : $"{Name(type.DeclaringType)}.{name}";
    }
}
