using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Upstride.Architecture.Tests;

/// <summary>
/// Every type that a type uses, with the member that does: in base types, attributes, fields, signatures and method bodies, nested types
/// included.
/// </summary>
internal static class TypeUses
{
    public static IEnumerable<(string Where, TypeReference Used)> Of(TypeDefinition type)
    {
        IEnumerable<(string, TypeReference?)> direct =
        [
            ("its base", type.BaseType),
            .. type.Interfaces.Select(static one => ("its interfaces", (TypeReference?)one.InterfaceType)),
            .. Attributes(type, "its attributes"),
            .. Constraints(type, "its constraints"),
            .. type.Fields.SelectMany(field => Attributes(field, field.Name).Append((field.Name, field.FieldType))),
            .. type.Properties.SelectMany(property => Attributes(property, property.Name).Append((property.Name, property.PropertyType))),
            .. type.Events.Select(one => (one.Name, (TypeReference?)one.EventType)),
            .. type.Methods.SelectMany(Of),
        ];
        return direct.SelectMany(static use => Parts(use.Item2).Select(part => (use.Item1, part))).Concat(type.NestedTypes.SelectMany(Of))
            .Select(use => ($"{type.Name}.{use.Item1}", use.Item2));
    }

    private static IEnumerable<(string, TypeReference?)> Of(MethodDefinition method)
    {
        IEnumerable<TypeReference?> signature = Signature(method);
        IEnumerable<TypeReference?> body = method.HasBody
            ? method.Body.Variables.Select(static variable => (TypeReference?)variable.VariableType)
                .Concat(method.Body.ExceptionHandlers.Select(static handler => (TypeReference?)handler.CatchType))
                .Concat(method.Body.Instructions.SelectMany(Operand))
            : [];
        return signature.Concat(body).Select(type => (method.Name, type)).Concat(Attributes(method, method.Name))
            .Concat(Constraints(method, method.Name));
    }

    private static IEnumerable<TypeReference?> Operand(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        MethodReference method => Signature(method),
        CallSite site => [site.ReturnType, .. site.Parameters.Select(static parameter => parameter.ParameterType)],
        _ => [],
    };

    private static IEnumerable<TypeReference?> Signature(MethodReference method) =>
    [
        method.DeclaringType, method.ReturnType, .. method.Parameters.Select(static parameter => parameter.ParameterType),
        .. method is GenericInstanceMethod generic ? generic.GenericArguments : Enumerable.Empty<TypeReference>(),
    ];

    private static IEnumerable<(string, TypeReference?)> Attributes(ICustomAttributeProvider provider, string where) =>
        provider.CustomAttributes.SelectMany(
        static attribute => attribute.ConstructorArguments.Select(static argument => argument.Value as TypeReference)
            .Append(attribute.AttributeType))
            .Select(type => (where, type));

    private static IEnumerable<(string, TypeReference?)> Constraints(IGenericParameterProvider provider, string where) =>
        provider.GenericParameters.SelectMany(static parameter => parameter.Constraints)
        .Select(constraint => (where, (TypeReference?)constraint.ConstraintType));

    private static IEnumerable<TypeReference> Parts(TypeReference? type) => type switch
    {
        null or GenericParameter => [],
        GenericInstanceType generic => [.. Parts(generic.ElementType), .. generic.GenericArguments.SelectMany(Parts)],
        FunctionPointerType function =>
            [.. Parts(function.ReturnType), .. function.Parameters.SelectMany(static parameter => Parts(parameter.ParameterType))],
        IModifierType modifier => [.. Parts(modifier.ElementType), .. Parts(modifier.ModifierType)],
        TypeSpecification specification => Parts(specification.ElementType),
        _ => [Outermost(type)],
    };

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is null ? type : Outermost(type.DeclaringType);
}
