-- SPDX-License-Identifier: BSD-3-Clause
-- Numbers: 64-bit integers, floats to the last printed digit, the mathematical library, bits.
local check = ...

print(math.maxinteger, math.mininteger, math.maxinteger + 1 == math.mininteger, math.maxinteger * 2)
print(7 // 2, -7 // 2, 7 % 3, -7 % 3, 7 % -3, 7.5 // 2, -7.5 % 2, 1e15 % 7, 5 // 0.0, -5 % math.huge)
print(1 / 3, -1 / 3, 2 / 3, 10 / 2, 3 | 4, 0xF0 & 0x3C, 5 ~ 3, ~0, 1 << 62, 1 << 63, 1 << 64, -1 >> 1, 2 ^ 0.5)
print(1 / 0, -1 / 0, 0 / 0 ~= 0 / 0, 0.1 + 0.2, 100 * 1.1, 1e300 * 1e10, 5e-324, 2 ^ -1074 / 2, 1.7976931348623157e308)
print(0.1, 1e15, 1e16, 1e100, 123456789012345678, 1234567890123456789.0, 3.0, -0.0, 1e-5, 0.0001)
print(string.format("%.17g %.17g %.17g %.3f %.0f %.20f", 0.1, 1 / 3, 2 / 3, 2.0005, 0.5, 0.1))
print(string.format("%a %a %a", 1 / 3, -1024.5, 0x1p-1022))
print(math.floor(-3.5), math.ceil(-3.5), math.floor(2 ^ 40 + 0.5), math.fmod(-7, 3), math.fmod(7.5, -2), math.modf(-3.7))
print(math.tointeger(3.0), math.tointeger(3.5), math.type(1), math.type(1.0), math.type("1"), 3 == 3.0, math.ult(1, -1))
print(tonumber("0x1p4"), tonumber("  12  "), tonumber("1e1"), tonumber("z", 36), tonumber("777", 8), tonumber("1x"), tonumber(""))
print(tonumber("9223372036854775807"), tonumber("9223372036854775808"), tonumber("0xffffffffffffffff"), 1e308 * 10 == math.huge)
print(math.max(1, 2.5, -1), math.min(3, 1.5), math.abs(-5), math.abs(-5.5), math.pi)

-- C libraries may differ in the last bit of these; twelve digits are the same everywhere.
local function show(...)
    print((("%.12g "):rep(select("#", ...)):format(...)))
end
for _, x in ipairs { 0, 0.1, 0.5, 1, 2, 3.14159265358979, 10, 100.5, -0.75, 1e-8, 12345.678 } do
    local y = math.abs(x)
    show(x, math.sin(x), math.cos(x), math.tan(x), math.exp(x / 10), math.sqrt(y))
    show(math.log(y + 1), math.log(y + 1, 2), math.log(y + 1, 10), x ^ 3, y ^ 0.3)
    show(math.atan(x), math.atan(x, 2), math.asin(x / 20000), math.acos(x / 20000))
end

local sum = 0.0
for i = 1, 10000 do
    sum = sum + 1 / i
end
print(sum)
local x = 1.0
for i = 1, 50 do
    x = 3.9 * x * (1 - x / 2) / 1.9
end
print(string.format("%.14g", x))
math.randomseed(42)
print(math.random(1, 100), math.random(1, 100), math.random(0) == math.random(0), math.random(5), math.random())
local loops = 0
for v = 1, 0, -0.25 do
    loops = loops + v
end
print(loops)
for i = math.maxinteger - 1, math.maxinteger do
    io.write(i, " ")
end
print()
check("integer division", 7 // 0.0 == math.huge and not pcall(function() return 1 // 0 end))
check("float to integer", (2 ^ 53 | 0) == 9007199254740992 and not pcall(function() return 1.5 | 0 end))
