using System.Globalization;
using Mono.Cecil;

namespace Upstride.Architecture.Tests;

/// <summary>Writes a member as C# declares it, with parameter names and defaults.</summary>
internal static class MemberText
{
    private const string Services = "System.Runtime.CompilerServices.";

    public static bool IsVisible(FieldDefinition field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    public static bool IsVisible(MethodDefinition? method) => method is not null && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly);

    public static bool IsVisible(PropertyDefinition property) =>
        (IsVisible(property.GetMethod) || IsVisible(property.SetMethod)) && property.Name != "EqualityContract";

    public static bool IsGenerated(MethodDefinition method) => TypeText.Find(method, Services + "CompilerGeneratedAttribute") is not null;

    public static string Of(FieldDefinition field) =>
        $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{TypeText.Of(field.FieldType, field, field)} {field.Name}{(field.HasConstant ? " = " + Constant(field.Constant, field.FieldType) : "")}";

    public static string Of(PropertyDefinition property)
    {
        MethodDefinition accessor = property.GetMethod ?? property.SetMethod;
        string required = TypeText.Find(property, Services + "RequiredMemberAttribute") is null ? "" : "required ";
        string name = property.HasParameters ? $"this[{Parameters(accessor, property.Parameters.Count)}]" : property.Name;
        string set = !IsVisible(property.SetMethod) ? "" : property.SetMethod.ReturnType is RequiredModifierType ? " init;" : " set;";
        return $"{Modifiers(accessor)}{required}{ByReference(property.PropertyType)}{TypeText.Of(property.PropertyType, property, property)} {name} {{{(IsVisible(property.GetMethod) ? " get;" : "")}{set} }}";
    }

    public static string Of(MethodDefinition method)
    {
        string generic = method.HasGenericParameters ? $"<{string.Join(", ", method.GenericParameters.Select(static one => one.Name))}>" : "";
        if (method.IsConstructor) return $"{Modifiers(method)}{method.DeclaringType.Name.Split('`')[0]}({Parameters(method)})";
        string type = ByReference(method.ReturnType) + TypeText.Of(method.ReturnType, method.MethodReturnType, method);
        string name = method.Name switch
        {
            "op_Implicit" => $"implicit operator {type}",
            "op_Explicit" => $"explicit operator {type}",
            _ => $"{type} {(method.IsSpecialName && method.Name.StartsWith("op_", StringComparison.Ordinal) ? "operator " + method.Name[3..] : method.Name)}",
        };
        return $"{Modifiers(method)}{name}{generic}({Parameters(method)}){Constraints(method.GenericParameters)}";
    }

    public static string Parameters(MethodDefinition method, int? count = null)
    {
        IEnumerable<string> all = method.Parameters.Take(count ?? method.Parameters.Count).Select(parameter =>
        {
            string prefix = parameter.IsOut && parameter.ParameterType.IsByReference ? "out "
                : parameter.ParameterType.IsByReference ? TypeText.Find(parameter, Services + "IsReadOnlyAttribute") is not null ? "in " : "ref "
                : TypeText.Find(parameter, "System.ParamArrayAttribute") is not null || TypeText.Find(parameter, Services + "ParamCollectionAttribute") is not null ? "params "
                : "";
            string fallback = parameter.HasConstant ? " = " + Constant(parameter.Constant, parameter.ParameterType) : parameter.IsOptional ? " = default" : "";
            return $"{prefix}{TypeText.Of(parameter.ParameterType, parameter, method)} {parameter.Name}{fallback}";
        });
        string extension = TypeText.Find(method, Services + "ExtensionAttribute") is null ? "" : "this ";
        return extension + string.Join(", ", all);
    }

    public static string Constraints(IEnumerable<GenericParameter> parameters) => string.Concat(parameters.Select(static parameter =>
    {
        string[] all =
        [
            .. parameter.HasReferenceTypeConstraint ? ["class"] : Array.Empty<string>(),
            .. parameter.HasNotNullableValueTypeConstraint ? [TypeText.Find(parameter, Services + "IsUnmanagedAttribute") is null ? "struct" : "unmanaged"] : Array.Empty<string>(),
            .. parameter.Constraints.Select(one => TypeText.Of(one.ConstraintType, one, Member(parameter.Owner))).Where(static text => text != "ValueType").Order(StringComparer.Ordinal),
            .. parameter.HasDefaultConstructorConstraint && !parameter.HasNotNullableValueTypeConstraint ? ["new()"] : Array.Empty<string>(),
        ];
        return all is [] ? "" : $" where {parameter.Name} : {string.Join(", ", all)}";
    }));

    private static IMemberDefinition Member(IGenericParameterProvider owner) => (IMemberDefinition)owner;

    private static string Modifiers(MethodDefinition method)
    {
        string visibility = method.IsFamily || method.IsFamilyOrAssembly ? "protected " : "";
        if (method.IsStatic) return visibility + "static " + (method.IsAbstract ? "abstract " : "");
        return method.DeclaringType.IsInterface || !method.IsVirtual || method.IsFinal ? visibility
            : visibility + (method.IsReuseSlot ? "override " : method.IsAbstract ? "abstract " : "virtual ");
    }

    private static string ByReference(TypeReference type) =>
        type is RequiredModifierType { ElementType: ByReferenceType } ? "ref readonly " : type.IsByReference ? "ref " : "";

    private static string Constant(object? value, TypeReference type) => value switch
    {
        null => (type is ByReferenceType reference ? reference.ElementType : type) is var held && (held.IsValueType || held is GenericParameter) ? "default" : "null",
        string text => $"\"{text}\"",
        bool truth => truth ? "true" : "false",
        _ when EnumMember(value, type) is { } name => $"{type.Name}.{name}",
        IFormattable number => number.ToString(format: null, CultureInfo.InvariantCulture),
        _ => $"{value}",
    };

    // An enum of another assembly need not lie beside this one: its number is written then.
    private static string? EnumMember(object value, TypeReference type) =>
        type.Scope == type.Module && type.Resolve() is { IsEnum: true } definition
            ? definition.Fields.FirstOrDefault(field => field.IsStatic && Equals(field.Constant, value))?.Name
            : null;
}
