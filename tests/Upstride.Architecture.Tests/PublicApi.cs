using System.Globalization;
using Mono.Cecil;

namespace Upstride.Architecture.Tests;

/// <summary>
/// An assembly's public surface as text: a block for each public type, of its heading and, indented, its visible members; all in a
/// fixed order. Members that the compiler makes (a record's equality) are left out, since the heading says them.
/// </summary>
internal static class PublicApi
{
    public static string Render(ModuleDefinition module)
    {
        IEnumerable<string> blocks = module.Types.SelectMany(WithNested).Where(IsVisible)
            .OrderBy(static type => type.FullName, StringComparer.Ordinal)
            .Select(static type => string.Join('\n', [Heading(type), .. Members(type).Select(static line => "    " + line)]));
        return string.Join("\n\n", blocks) + "\n";
    }

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);

    private static bool IsVisible(TypeDefinition type) =>
        !type.Name.Contains('<', StringComparison.Ordinal)
        && (type.IsPublic || (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamilyOrAssembly) && IsVisible(type.DeclaringType));

    private static string Heading(TypeDefinition type)
    {
        if (type.BaseType?.FullName == "System.MulticastDelegate")
        {
            MethodDefinition invoke = type.Methods.Single(static method => method.Name == "Invoke");
            return $"delegate {TypeText.Of(invoke.ReturnType, invoke.MethodReturnType, invoke)} {Name(type)}({MemberText.Parameters(invoke)})";
        }
        bool isRecord = type.Methods.Any(static method => method.Name is "<Clone>$" or "PrintMembers" && MemberText.IsGenerated(method));
        string kind = type.IsEnum ? "enum"
            : type.IsInterface ? "interface"
            : type.IsValueType ? $"{(Has(type, "IsReadOnlyAttribute") ? "readonly " : "")}{(Has(type, "IsByRefLikeAttribute") ? "ref " : "")}{(isRecord ? "record " : "")}struct"
            : $"{(type.IsAbstract && type.IsSealed ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "")}{(isRecord ? "record" : "class")}";
        IEnumerable<string> bases = type.IsEnum ? [] :
        [
            .. type.BaseType is { FullName: not ("System.Object" or "System.ValueType") } parent ? [TypeText.Of(parent, null, type)] : Array.Empty<string>(),
            .. type.Interfaces.Select(one => TypeText.Of(one.InterfaceType, one, type)).Where(text => !isRecord || !text.StartsWith("IEquatable<", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
        ];
        return $"{kind} {Name(type)}{(bases.Any() ? " : " + string.Join(", ", bases) : "")}{MemberText.Constraints(type.GenericParameters)}";
    }

    private static string Name(TypeDefinition type)
    {
        string name = type.Name.Split('`')[0];
        if (type.HasGenericParameters) name += $"<{string.Join(", ", type.GenericParameters.Skip(type.DeclaringType?.GenericParameters.Count ?? 0).Select(static one => one.Name))}>";
        return type.DeclaringType is null ? $"{type.Namespace}.{name}" : $"{Name(type.DeclaringType)}.{name}";
    }

    private static IEnumerable<string> Members(TypeDefinition type)
    {
        if (type.IsEnum)
            return type.Fields.Where(static field => field.IsStatic).Select(static field => string.Create(CultureInfo.InvariantCulture, $"{field.Name} = {field.Constant}"));
        if (type.BaseType?.FullName == "System.MulticastDelegate") return [];
        IEnumerable<(string Name, string Text)>[] kinds =
        [
            type.Fields.Where(MemberText.IsVisible).Select(static field => (field.Name, MemberText.Of(field))),
            type.Methods.Where(static method => method.IsConstructor && !method.IsStatic && MemberText.IsVisible(method)).Select(static method => (method.Name, MemberText.Of(method))),
            type.Properties.Where(MemberText.IsVisible).Select(static property => (property.Name, MemberText.Of(property))),
            type.Events.Where(static one => MemberText.IsVisible(one.AddMethod)).Select(static one => (one.Name, $"event {TypeText.Of(one.EventType, one, one)} {one.Name}")),
            type.Methods.Where(static method => !method.IsConstructor && !method.IsGetter && !method.IsSetter && !method.IsAddOn && !method.IsRemoveOn
                && MemberText.IsVisible(method) && !MemberText.IsGenerated(method)).Select(static method => (method.Name, MemberText.Of(method))),
        ];
        return kinds.SelectMany(static kind => kind.OrderBy(static member => member.Name, StringComparer.Ordinal).ThenBy(static member => member.Text, StringComparer.Ordinal))
            .Select(static member => member.Text);
    }

    private static bool Has(TypeDefinition type, string attribute) => TypeText.Find(type, "System.Runtime.CompilerServices." + attribute) is not null;
}
