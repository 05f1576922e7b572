using System.Collections.Concurrent;
using System.Numerics.Tensors;
using System.Reflection;
using System.Reflection.Emit;

namespace Upstride.Architecture.Tests.PublicCalls;

/// <summary>
/// Calls methods whose parameters are spans, which reflection cannot hold in an object: each is made of a <see cref="Guarded{T}"/> on the
/// way.
/// </summary>
internal static class SpanInvoker
{
    private static readonly ConcurrentDictionary<MethodBase, Func<object?, object?[], object?>> s_calls = new();

    /// <summary>Calls <paramref name="method"/>; what it throws comes through as it is, and a span that it returns is dropped.</summary>
    public static object? Call(MethodBase method, object? target, object?[] arguments) =>
        s_calls.GetOrAdd(method, Compile)(target, arguments);

    /// <summary>Whether a parameter is a span of one kind or another, by value or by reference.</summary>
    public static bool IsSpan(ParameterInfo parameter) => Converter(Plain(parameter.ParameterType)) is not null;

    /// <summary>The type of a parameter, without its reference.</summary>
    public static Type Plain(Type type) => type.IsByRef ? type.GetElementType()! : type;

    private static Func<object?, object?[], object?> Compile(MethodBase method)
    {
        var dynamic =
            new DynamicMethod(method.Name, typeof(object), [typeof(object), typeof(object[])], typeof(SpanInvoker).Module,
            skipVisibility: true);
        ILGenerator il = dynamic.GetILGenerator();
        if (!method.IsStatic && !method.IsConstructor)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(method.DeclaringType!.IsValueType ? OpCodes.Unbox : OpCodes.Castclass, method.DeclaringType);
        }
        ParameterInfo[] parameters = method.GetParameters();
        for (int i = 0; i < parameters.Length; i++)
        {
            Type type = Plain(parameters[i].ParameterType);
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldc_I4, i);
            il.Emit(OpCodes.Ldelem_Ref);
            if (Converter(type) is { } converter) il.Emit(OpCodes.Call, converter);
            else il.Emit(OpCodes.Unbox_Any, type);
            if (!parameters[i].ParameterType.IsByRef) continue;
            LocalBuilder local = il.DeclareLocal(type);
            il.Emit(OpCodes.Stloc, local);
            il.Emit(OpCodes.Ldloca, local);
        }
        Type result = typeof(void);
        if (method is ConstructorInfo constructor)
        {
            il.Emit(OpCodes.Newobj, constructor);
            result = constructor.DeclaringType!;
        }
        else
        {
            var called = (MethodInfo)method;
            il.Emit(called.IsStatic || called.DeclaringType!.IsValueType ? OpCodes.Call : OpCodes.Callvirt, called);
            result = called.ReturnType;
        }
        if (result.IsByRefLike || result.IsByRef) il.Emit(OpCodes.Pop);
        if (result.IsByRefLike || result.IsByRef || result == typeof(void)) il.Emit(OpCodes.Ldnull);
        else if (result.IsValueType) il.Emit(OpCodes.Box, result);
        il.Emit(OpCodes.Ret);
        return dynamic.CreateDelegate<Func<object?, object?[], object?>>();
    }

    private static MethodInfo? Converter(Type type)
    {
        if (!type.IsGenericType) return null;
        Type definition = type.GetGenericTypeDefinition();
        string? name = definition == typeof(Span<>) ? nameof(Guarded<int>.ToSpan)
            : definition == typeof(ReadOnlySpan<>) ? nameof(Guarded<int>.ToReadOnlySpan)
            : definition == typeof(TensorSpan<>) ? nameof(Guarded<int>.ToTensorSpan)
            : definition == typeof(ReadOnlyTensorSpan<>) ? nameof(Guarded<int>.ToReadOnlyTensorSpan)
            : definition == typeof(ReadOnlyMemory<>) ? nameof(Guarded<int>.ToReadOnlyMemory)
            : null;
        return name is null ? null : type.ContainsGenericParameters ? typeof(Guarded<int>).GetMethod(name)
            : typeof(Guarded<>).MakeGenericType(type.GetGenericArguments()).GetMethod(name);
    }
}
