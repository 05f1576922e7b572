using System.Reflection;

namespace Upstride.Architecture.Tests.PublicCalls;

/// <summary>What a user of the libraries can call, found by reflection, so that what is new is under test from its first day.</summary>
internal static class PublicMethods
{
    /// <summary>The public types of every library; generic ones over float.</summary>
    public static IReadOnlyList<Type> Types { get; } =
    [
        .. Assemblies.All.Where(static one => one.IsLibrary).SelectMany(static one => Assembly.Load(one.Assembly).GetExportedTypes())
            .Where(static type => !type.IsEnum && !type.IsAssignableTo(typeof(Delegate)) && !type.IsAssignableTo(typeof(Exception)))
            .Select(static type => type.IsGenericTypeDefinition
            ? type.MakeGenericType([.. type.GetGenericArguments().Select(static _ => typeof(float))]) : type),
    ];

    /// <summary>The public constructors, methods and accessors that a type declares; generic ones over float.</summary>
    public static IEnumerable<MethodBase> Of(Type type)
    {
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        foreach (ConstructorInfo constructor in type.GetConstructors())
            if (!type.IsAbstract) yield return constructor;
        foreach (MethodInfo method in type.GetMethods(Declared))
            if (!method.IsAbstract || type.IsAbstract) yield return Closed(method);
    }

    /// <summary>The method as messages and the tables of calls name it: <c>Type.Method(parameter, ...)</c>.</summary>
    public static string Name(MethodBase method) =>
        $"{method.DeclaringType!.Name.Split('`')[0]}.{method.Name}({string.Join(", "
            + $"", method.GetParameters().Select(static one => $"{Short(SpanInvoker.Plain(one.ParameterType))} {one.Name}"))})";

    private static MethodInfo Closed(MethodInfo method)
    {
        if (!method.IsGenericMethodDefinition) return method;
        foreach (Type argument in (Type[])[typeof(float), typeof(SixLabors.ImageSharp.PixelFormats.Rgb24)])
        {
            try
            {
                return method.MakeGenericMethod([.. method.GetGenericArguments().Select(_ => argument)]);
            }
            catch (ArgumentException)
            {
                // The type parameter asks for something else than a number.
            }
        }
        throw new NotSupportedException($"no type is known that {method} takes: add one here");
    }

    private static string Short(Type type) =>
        type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Short))}>" : type.Name;
}
